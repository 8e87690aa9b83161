"""The intake: distribution, share in each prior band, earlier cohorts, subjects."""

from typing import Any

from .. import theme
from ..bands import shown, side, state, state_of
from ..charts.dot_rows import Axis, DotRow
from ..charts.dot_rows import draw as dot_rows
from ..charts.histogram import Look
from ..charts.histogram import draw as histogram
from ..facts import Facts, Row
from ..naming import band_name, subject_name, subjects
from ..picture import Figure, Picture
from ..words import Words
from .school_headline import headline
from .school_rest import every, finding, rest

TABLES = ("distributions", "indicators", "trends", "changes")
SIDES = ("above", "below")
POLARISED = 0.22
"""Both outer bands clearly over a fifth: from here on the text speaks of two ends."""


def view(facts: Facts, words: Words) -> dict[str, Any]:
    row = headline(facts).start
    if row is None or facts.meta["baseline"] is None:
        return {"empty": words("start.mean.na"), "tone": "start"}
    if shown(row) is None:
        return {"empty": words("start.mean.hidden"), "tone": "start"}
    figures = [
        _histogram(facts, words, row),
        _bands(facts, words),
        _cohorts(facts, words),
        _by_subject(facts, words),
    ]
    return {
        "tone": "start",
        "tag": words("start.tag", title=facts.meta["baseline"]["title"]),
        "lead": _lead(words, row),
        "not_said": words("start.not"),
        "figures": figures,
        "sentences": [*_band_sentence(facts, words), *_cohort_sentence(facts, words)],
        "how": [words("start.how.what", title=facts.meta["baseline"]["title"]), words("start.how.verdict")],
    }


def _lead(words: Words, row: Row) -> str:
    n, of = words.numbers, state_of(row.verdict)
    if of in ("small", "hidden", "none"):
        return words("start.mean.small", n=row.n, value=n.level(row.value))
    verdict = words.within(f"verdict.start.{row.verdict}")
    return words(
        f"start.mean.{of}", verdict=verdict, value=n.level(row.value), interval=n.levels(row.lo, row.hi)
    )


def _bins(facts: Facts, kind: str) -> list[Row]:
    """Rows of one distribution of the total, or of the only subject."""
    rows = facts.own("distributions", kind=kind)
    code = next((c for c in ("total", *subjects(facts)) if any(r.subject == c for r in rows)), "")
    return [row for row in rows if row.subject == code and row.share is not None]


def _histogram(facts: Facts, words: Words, row: Row) -> Figure | None:
    bins, n = _bins(facts, "prior"), words.numbers
    if len(bins) < 2:
        return None
    mean = 50 + 10 * row.value
    lines = (
        (50.0, words("start.city"), False, theme.INK_2),
        (mean, words("start.own", value=n.plain(mean)), True, theme.START),
    )
    alt = words("start.histogram.alt", value=n.plain(mean))
    svg = histogram(bins, Look(words("start.axis"), theme.START, lines), words, words("start.histogram"), alt)
    head = (words("column.tpoints"), words("column.own.percent"), words("column.city.percent"))
    table = tuple((n.plains(b.start, b.stop), n.rate(b.share), n.rate(b.city)) for b in bins)
    said = words(f"start.histogram.{state_of(row.verdict)}")
    what = _of(facts, words, bins, words("start.histogram.what", n=sum(b.n for b in bins)))
    return Figure(Picture(svg, alt, (head, *table)), said, what, words("histogram.how"))


def _bands(facts: Facts, words: Words) -> Figure | None:
    bins, n = _bins(facts, "prior_band"), words.numbers
    if not bins:
        return None
    rows = [
        DotRow(band_name(words, b.bin), 100 * b.share, _percent(b.lo), _percent(b.hi), side(b.lo, b.hi, b.city or 0.2), n.percent(b.share), theme.START)
        for b in reversed(bins)
    ]  # fmt: skip
    axis = Axis(words("start.bands.axis"), n.tick, 20.0, words("start.bands.reference"))
    more = [band_name(words, b.bin) for b in bins if side(b.lo, b.hi, b.city or 0.2) == "above"]
    less = [band_name(words, b.bin) for b in bins if side(b.lo, b.hi, b.city or 0.2) == "below"]
    key = ("more" if more else "") + ("less" if less else "") or "even"
    said = words(f"start.bands.finding.{key}", more=words.join(more), less=words.join(less))
    if sum(b.n for b in bins) < facts.meta["privacy"]["note_below"]:
        said = words("start.bands.small")
    alt = words("start.bands.alt", shares=words.join([f"{r.label} {r.text}" for r in rows]))
    head = (words("column.band"), words("column.n"), words("column.share"), words("column.interval"))
    table = tuple((band_name(words, b.bin), n.count(b.n), n.rate(b.share), n.rates(b.lo, b.hi)) for b in bins)
    svg = dot_rows(rows, axis, words("start.bands.title"), alt, 34)
    what = _of(facts, words, bins, words("start.bands.what", n=sum(b.n for b in bins)))
    return Figure(Picture(svg, alt, (head, *table)), said, what, words("start.bands.how"))


def _of(facts: Facts, words: Words, bins: list[Row], what: str) -> str:
    """What a distribution shows; of which paper, where several papers have no total."""
    code = bins[0].subject
    if code == "total" or len(subjects(facts)) == 1:
        return what
    return words("tile.of", subject=subject_name(facts, words, code), what=what)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _band_sentence(facts: Facts, words: Words) -> list[str]:
    bins = {b.bin: b for b in _bins(facts, "prior_band")}
    if len(bins) < 5:
        return []
    ends, n = (bins[1], bins[5]), words.numbers
    low, high = (end.share for end in ends)
    if min(low, high) < POLARISED or any(side(end.lo, end.hi, end.city) != "above" for end in ends):
        return []
    return [
        words(
            "start.bands.polarised", low=n.percent(low), high=n.percent(high), mid=n.percent(1 - low - high)
        )
    ]


def _series(facts: Facts) -> list[Row]:
    rows = [row for row in facts.own("trends", measure="start") if row.value is not None]
    code = next((c for c in ("total", *subjects(facts)) if any(r.subject == c for r in rows)), "")
    return [row for row in rows if row.subject == code]


def _cohorts(facts: Facts, words: Words) -> Figure | None:
    series, n = _series(facts), words.numbers
    if len(series) < 2:
        return None
    rows = [
        DotRow(words("cohort.name", year=r.cohort), 50 + 10 * r.value, _level(r.lo), _level(r.hi), side(r.lo, r.hi), n.level(r.value), theme.START if r is series[-1] else theme.PEER_DARK, r is series[-1])
        for r in series
    ]  # fmt: skip
    axis = Axis(words("start.axis.mean"), n.tick, 50.0, words("start.city.fifty"))
    alt = words("start.cohorts.alt", steps=words.join([f"{r.label} {r.text}" for r in rows]))
    head = (words("column.cohort"), words("column.start"), words("column.interval"))
    table = tuple(
        (words("cohort.name", year=r.cohort), n.level(r.value), n.levels(r.lo, r.hi)) for r in series
    )
    change = facts.mine("changes", measure="start", subject=series[-1].subject)
    verdict = words.within(f"verdict.change.{(change.verdict if change else '') or 'none'}")
    svg = dot_rows(rows, axis, words("start.cohorts.title"), alt)
    return Figure(Picture(svg, alt, (head, *table)), words("start.cohorts.finding", k=len(rows), verdict=verdict), words("start.cohorts.what"), words("interval.how"))  # fmt: skip


def _level(z: float | None) -> float | None:
    return None if z is None else 50 + 10 * z


def _cohort_sentence(facts: Facts, words: Words) -> list[str]:
    series = _series(facts)
    change = facts.mine("changes", measure="start", subject=series[-1].subject) if series else None
    if change is None or change.value is None:
        return []
    n = words.numbers
    of = {"above": "up", "below": "down"}.get(state_of(change.verdict), "flat")
    verdict = words.within(f"verdict.change.{change.verdict or 'none'}")
    return [
        words(
            f"start.cohort.{of}",
            verdict=verdict,
            value=n.effect(change.value),
            interval=n.effects(change.lo, change.hi),
        )
    ]


def _by_subject(facts: Facts, words: Words) -> Figure | None:
    """Start by subject, where the baseline has more than one."""
    n = words.numbers
    found = [
        row for code in subjects(facts) for row in facts.own("indicators", indicator="start", subject=code)
    ]
    found = [row for row in found if shown(row) is not None and row.lo is not None]
    if len(found) < 2:
        return None
    rows = [
        DotRow(subject_name(facts, words, r.subject), 50 + 10 * r.value, _level(r.lo), _level(r.hi), state(r), n.level(r.value), theme.START)
        for r in found
    ]  # fmt: skip
    axis = Axis(words("start.axis.mean"), n.tick, 50.0, words("start.city.fifty"))
    alt = words("start.subjects.alt", steps=words.join([f"{r.label} {r.text}" for r in rows]))
    head = (words("column.subject"), words("column.start"), words("column.interval"))
    table = tuple(
        (subject_name(facts, words, r.subject), n.level(r.value), n.levels(r.lo, r.hi)) for r in found
    )
    names = {of: [subject_name(facts, words, r.subject) for r in found if state(r) == of] for of in SIDES}
    side_of_all = every(names, len(found))
    said = words(f"start.subjects.all.{side_of_all}") if side_of_all else finding(words, "start.subjects.", names, rest(words, found, "city"))  # fmt: skip
    svg = dot_rows(rows, axis, words("start.subjects.title"), alt)
    return Figure(
        Picture(svg, alt, (head, *table)), said, words("start.subjects.what"), words("interval.how")
    )
