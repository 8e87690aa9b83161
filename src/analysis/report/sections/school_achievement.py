"""One score and three rates, distribution, cut lines, effective scores, borderline, balance of subjects."""

from typing import Any

from .. import theme
from ..bands import FEW_SCHOOLS, shown, state, state_of, tone
from ..charts.dot_rows import Axis, DotRow
from ..charts.dot_rows import draw as dot_rows
from ..charts.histogram import Look
from ..charts.score_distribution import chart as draw_scores
from ..facts import Facts, Row
from ..naming import composite_name, full_mark, subject_name, subjects, with_total
from ..picture import Figure, Picture
from ..tables import Cell, Column, Grid, Line, common_domain, labels, whisker, whisker_axis
from ..words import Words
from .school_headline import headline
from .school_lines import effective, effective_sentences, lines, lines_sentences
from .school_rest import every, finding, rest

TABLES = ("indicators", "distributions", "lines", "effective")
RATES = ("excellent_rate", "pass_rate", "low_rate")
SIDES = ("above", "below")
WIDEST = 8.0


def view(facts: Facts, words: Words) -> dict[str, Any]:
    row = headline(facts).achievement
    if row is None:
        return {"empty": words("ach.mean.na"), "tone": "achieve"}
    if shown(row) is None:
        return {"empty": words("ach.mean.hidden"), "tone": "achieve"}
    return {
        "tone": "achieve",
        "lead": _lead(facts, words, row),
        "not_said": words("ach.not"),
        "grids": [_rates(facts, words), _rate_intervals(facts, words)],
        "figures": [_distribution(facts, words, row), _balance(facts, words)],
        "lines": [lines(facts, words), effective(facts, words)],
        "sentences": [*_rate_sentences(facts, words, row), *lines_sentences(facts, words), *effective_sentences(facts, words), *_index(facts, words, row)],
    }  # fmt: skip


def by_key(facts: Facts, subject: str) -> dict[str, Row]:
    """Indicator → row of the unit and subject."""
    return {row.indicator: row for row in facts.own("indicators", subject=subject)}


def _lead(facts: Facts, words: Words, row: Row) -> str:
    n, of = words.numbers, state_of(row.verdict)
    if of in ("small", "hidden", "none"):
        return words("ach.mean.small", n=row.n, value=n.level(row.value))
    values = {
        "verdict": words.within(f"verdict.achievement.{row.verdict}"),
        "value": n.level(row.value),
        "interval": n.levels(row.lo, row.hi),
    }
    text = words(f"ach.mean.{of}", **values)
    mean = by_key(facts, row.subject).get("mean")
    if mean is not None and mean.value is not None and full_mark(facts, row.subject) is not None:
        text += words("ach.mean.marks", value=n.plain(mean.value), city=n.plain(mean.reference))
    return text


def _rates(facts: Facts, words: Words) -> Grid | None:
    """Mean, sd, excellent, pass and low rates with the city's below, T score with its interval."""
    n = words.numbers
    rows = {code: by_key(facts, code) for code in with_total(facts)}
    rows = {code: r for code, r in rows.items() if "achievement" in r and shown(r["achievement"]) is not None}
    if not rows:
        return None
    rated = any(shown(r.get(key)) is not None for r in rows.values() for key in RATES)
    ends = [50 + 10 * v for r in rows.values() for v in (r["achievement"].lo, r["achievement"].hi) if v is not None]  # fmt: skip
    domain = common_domain(ends, 50.0, WIDEST)
    sector = _sector(facts)
    axis = whisker_axis(domain, labels(domain, n.tick))
    levels = facts.meta["indicator_lines"]
    percents = {
        "excellent_rate": levels["excellent"],
        "pass_rate": levels["passing"],
        "low_rate": levels["low"],
    }
    columns = [
        Column(words("column.subject"), words("column.full") if rated else "", "text"),
        Column(words("column.sat")),
    ]
    columns += [Column(words("column.mean")), Column(words("column.sd"))]
    columns += (
        [
            Column(words(f"column.{key}"), words(f"unit.{key}", line=n.percent(percents[key], 0)))
            for key in RATES
        ]
        if rated
        else []
    )
    columns += [
        Column(words("column.t"), words("column.interval")),
        Column(words("column.t.axis"), kind="viz", axis=axis),
    ]
    columns += [Column(words("column.peers"), sector)] if sector else []
    body = [_rate_line(facts, words, code, r, rated, domain, sector) for code, r in rows.items()]
    body = [*body[1:], body[0]] if next(iter(rows)) == "total" else body
    note = words("ach.rates.note") if rated else words("ach.rates.no_full_mark")
    return Grid(
        _rates_finding(facts, words, rows), words("ach.rates.what"), tuple(columns), tuple(body), note, "wide"
    )


def _rate_line(
    facts: Facts,
    words: Words,
    code: str,
    r: dict[str, Row],
    rated: bool,
    domain: tuple[float, float],
    sector: str,
) -> Line:
    n, t = words.numbers, r["achievement"]
    full, digits = full_mark(facts, code), 1 if full_mark(facts, code) is not None else 2
    mean, sd = r.get("mean"), r.get("sd")
    cells = [Cell(n.count(t.n))]
    cells += [
        Cell(n.plain(mean.value if mean else None, digits), n.plain(mean.reference if mean else None, digits))
    ]
    cells += [Cell(n.plain(sd.value if sd else None, digits))]
    for key in RATES if rated else ():
        row = r.get(key)
        cells.append(Cell(n.rate(row.value if row else None), n.rate(row.reference if row else None), tone(state(row)) if state(row) in ("above", "below") else ""))  # fmt: skip
    low, high = (None if v is None else 50 + 10 * v for v in (t.lo, t.hi))
    drawn = whisker(50 + 10 * t.value, low, high, domain, state(t), 50.0)
    cells += [Cell(n.level(t.value), n.levels(t.lo, t.hi), tone(state(t))), Cell(drawing=drawn)]
    if sector:
        peers = facts.one("indicators", level="sector", unit=sector, subject=code, indicator="achievement")
        cells.append(Cell(n.level(shown(peers))))
    small = n.count(full) if rated and full is not None else ""
    return Line(Cell(subject_name(facts, words, code), small), tuple(cells), "sum" if code == "total" else "")


def _sector(facts: Facts) -> str:
    """The school's sector where its results as a whole may be shown, else ''."""
    name = str(facts.meta.get("sector") or "")
    known = facts.rows("indicators", level="sector", unit=name, indicator="achievement")
    return name if any(shown(row) is not None for row in known) else ""


def _rates_finding(facts: Facts, words: Words, rows: dict[str, dict[str, Row]]) -> str:
    """Which subjects stand above, which below the city."""
    found = {c: r["achievement"] for c, r in rows.items() if c != "total" or len(rows) == 1}
    names = {of: [subject_name(facts, words, c) for c, r in found.items() if state(r) == of] for of in SIDES}
    if side_of_all := every(names, len(found)):
        return words(f"ach.rates.finding.all.{side_of_all}")
    return finding(words, "ach.rates.finding.", names, rest(words, found.values(), "city"))


def _rate_intervals(facts: Facts, words: Words) -> Grid | None:
    """The intervals of the rates, folded away."""
    n = words.numbers
    keys = ("excellent_rate", "good_rate", "pass_rate", "low_rate", "over_mean_rate")
    body = []
    for code in with_total(facts):
        r = by_key(facts, code)
        if any(shown(r.get(key)) is not None for key in RATES):
            cells = tuple(_rate_cell(words, r.get(key), key) for key in keys)
            body.append(Line(Cell(subject_name(facts, words, code)), cells))
    if not body:
        return None
    columns = (
        Column(words("column.subject"), kind="text"),
        *(Column(words(f"column.{key}")) for key in keys),
    )
    return Grid(words("ach.intervals"), words("ach.intervals.what", n=n.to.strip()), columns, tuple(body), layout="mid", folded=words("ach.intervals"))  # fmt: skip


def _rate_cell(words: Words, row: Row | None, key: str) -> Cell:
    n = words.numbers
    if row is None or row.value is None:
        return Cell("—")
    write, ends = (n.points, n.pointses) if key == "over_mean_rate" else (n.rate, n.rates)
    return Cell(write(row.value), ends(row.lo, row.hi))


def _distribution(facts: Facts, words: Words, row: Row) -> Figure | None:
    """Scores of the total (or only subject) against the city's; lines where there are any."""
    n = words.numbers
    bins = [b for b in facts.own("distributions", kind="score", subject=row.subject) if b.share is not None]
    if len(bins) < 2:
        return None
    low, high = bins[0].start, bins[-1].stop
    lines = [x for x in facts.meta["lines"] if row.subject == "total" and low < x["total"] < high]
    cuts = tuple((x["total"], f"{x['name']} {x['total']:g}", True, theme.INK_2) for x in lines)
    name, full = subject_name(facts, words, row.subject), full_mark(facts, row.subject)
    axis = (
        words("ach.distribution.axis.full", subject=name, full=n.count(full))
        if full
        else words("ach.distribution.axis", subject=name)
    )
    alt = words("ach.distribution.alt", subject=name)
    svg = draw_scores(
        bins, Look(axis, theme.ACHIEVE, cuts), words, words("ach.distribution.title", subject=name), alt
    )
    head = (words("column.marks.span"), words("column.own.percent"), words("column.city.percent"))
    table = tuple((n.range(n.tick(b.start), n.tick(b.stop)), n.rate(b.share), n.rate(b.city)) for b in bins)
    ratio = by_key(facts, row.subject).get("score_sd_ratio")
    finding = words(f"ach.spread.{_spread(ratio)}")
    what = words("ach.distribution.what", subject=name, n=sum(b.n for b in bins))
    return Figure(
        Picture(svg, alt, (head, *table)),
        finding,
        what,
        words("ach.distribution.how" if cuts else "histogram.how"),
    )


def _spread(ratio: Row | None) -> str:
    """wide, narrow or normal: the unit's sd against the city's."""
    if ratio is None or ratio.lo is None:
        return "plain"
    return "wide" if ratio.lo > 1 else "narrow" if ratio.hi < 1 else "normal"


def _balance(facts: Facts, words: Words) -> Figure | None:
    """Each subject against the school's own mean of subjects."""
    n, zone = words.numbers, 10 * facts.meta["thresholds"]["balance"]
    found = [
        r
        for r in facts.own("indicators", indicator="subject_balance")
        if shown(r) is not None and r.lo is not None
    ]
    found = sorted((r for r in found if r.subject in subjects(facts)), key=lambda r: -r.value)
    if len(found) < 2:
        return None
    rows = [
        DotRow(
            subject_name(facts, words, r.subject),
            10 * r.value,
            10 * r.lo,
            10 * r.hi,
            state(r),
            n.effect(r.value),
        )
        for r in found
    ]
    axis = Axis(words("ach.balance.axis"), n.signed_tick, 0.0, words("ach.balance.zero"), (-zone, zone))
    alt = words("ach.balance.alt", steps=words.join([f"{r.label} {r.text}" for r in rows]))
    weak = [
        subject_name(facts, words, r.subject)
        for r in found
        if r.value <= -facts.meta["thresholds"]["balance"] and state(r) == "below"
    ]
    rest = "ach.balance.small" if any(r.verdict == "small" for r in found) else "ach.balance.even"
    finding = words("ach.balance.weak", subjects=words.join(weak)) if weak else words(rest)
    head = (words("column.subject"), words("column.difference"), words("column.interval"))
    table = tuple(
        (subject_name(facts, words, r.subject), n.effect(r.value), n.effects(r.lo, r.hi)) for r in found
    )
    svg = dot_rows(rows, axis, words("ach.balance.title"), alt)
    how = words("ach.balance.how", zone=n.plain(zone)) + _pupils_own(facts, words)
    return Figure(Picture(svg, alt, (head, *table)), finding, words("ach.balance.what", n=found[0].n), how)


def _pupils_own(facts: Facts, words: Words) -> str:
    """How much a pupil's own subjects differ, beside what errors of measurement alone would give."""
    own, n = facts.mine("indicators", indicator="pupil_imbalance"), words.numbers
    if own is None or shown(own) is None or own.lo is None:
        return ""
    return words(
        "ach.balance.pupils",
        value=n.plain(10 * own.value),
        interval=n.plains(10 * own.lo, 10 * own.hi),
        city=n.plain(10 * own.reference),
        chance=n.plain(10 * facts.meta["chance_imbalance"]),
    )


def _rate_sentences(facts: Facts, words: Words, row: Row) -> list[str]:
    """A low rate above the city, and all subjects passed, in words (the other rates stand in the table)."""
    n, r = words.numbers, by_key(facts, row.subject)
    made = []
    low = r.get("low_rate")
    if low is not None and low.value is not None and state(low) == "below":
        k = round(low.value * low.n)
        made.append(
            words(
                "ach.low_rate.high",
                value=n.percent(low.value),
                interval=n.percents(low.lo, low.hi),
                city=n.percent(low.reference),
                n=k,
            )
        )
    every = facts.mine("indicators", subject="all", indicator="all_pass_rate")
    whole = facts.mine("indicators", subject="total", indicator="mean")
    if len(subjects(facts)) > 1 and whole is not None and every is not None and every.value is not None:
        made.append(
            words(
                "ach.allpass",
                value=n.percent(every.value),
                interval=n.percents(every.lo, every.hi),
                city=n.percent(every.reference),
            )
        )
    return made


def _index(facts: Facts, words: Words, row: Row) -> list[str]:
    """Composite indices with their rank interval."""
    n, made = words.numbers, []
    for composite in facts.meta["composites"]:
        one = facts.mine("indicators", subject=row.subject, indicator=composite["key"])
        if one is not None and one.value is not None:
            text = words(
                "ach.index",
                name=composite_name(words, composite),
                value=n.plain(one.value),
                interval=n.plains(one.lo, one.hi),
                city=n.plain(one.reference),
            )
            ranks = (
                words("ach.index.rank", k=facts.meta["n_schools"], low=one.rank_lo, high=one.rank_hi)
                if one.rank_lo is not None and facts.meta["n_schools"] >= FEW_SCHOOLS
                else ""
            )
            made.append(text + ranks)
    return made
