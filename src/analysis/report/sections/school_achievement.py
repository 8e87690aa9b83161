"""One score and three rates, distribution, cut lines, effective scores, borderline, balance of subjects."""

from typing import Any

from .. import theme
from ..bands import FEW_SCHOOLS, shown, state, state_of
from ..charts.dot_rows import Axis, DotRow
from ..charts.dot_rows import draw as dot_rows
from ..charts.histogram import Look
from ..charts.score_distribution import chart as draw_scores
from ..facts import Facts, Row
from ..naming import composite_name, full_mark, subject_name, subjects
from ..picture import Figure, Picture
from ..words import Words
from . import school_rates
from .school_headline import headline
from .school_lines import effective, effective_sentences, lines, lines_sentences
from .school_rates import by_key

TABLES = ("indicators", "distributions", "lines", "effective")


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
        "grids": [school_rates.table(facts, words), school_rates.intervals(facts, words)],
        "figures": [distribution(facts, words, row), _balance(facts, words)],
        "lines": [lines(facts, words), effective(facts, words)],
        "sentences": [*school_rates.sentences(facts, words, row), *lines_sentences(facts, words), *effective_sentences(facts, words), *composites(facts, words, row)],
    }  # fmt: skip


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


def distribution(facts: Facts, words: Words, row: Row) -> Figure | None:
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
    look = Look(axis, theme.ACHIEVE, cuts, facts.one_school)
    svg = draw_scores(bins, look, words, words("ach.distribution.title", subject=name), alt)
    names = ["column.marks.span", "column.own.percent", "column.city.percent"][: 2 if facts.one_school else 3]
    head = tuple(words(name) for name in names)
    spans = [(n.range(n.tick(b.start), n.tick(b.stop)), n.rate(b.share), n.rate(b.city)) for b in bins]
    table = tuple(line[: len(head)] for line in spans)
    ratio = None if facts.one_school else by_key(facts, row.subject).get("score_sd_ratio")
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


def composites(facts: Facts, words: Words, row: Row) -> list[str]:
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
