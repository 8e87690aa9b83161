"""Overall finding: three tiles, start × progress, strengths and concerns, what to do first, the three in words."""

from typing import Any

from ..bands import FEW_SCHOOLS, shown, state_of
from ..charts import school_quadrant, strip
from ..facts import Facts, Row
from ..naming import full_mark, subject_name, subjects, verdict_words
from ..picture import Figure
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .school_advice import cases, measure_words, owner_words, recheck_words, within_words
from .school_evidence import concerns, strengths
from .school_headline import MEASURES, Headline, headline, unrated

TABLES = ("value_added", "indicators", "gap", "peers", "peer_points", "changes", "advice")
CSS = {"start": "start", "progress": "progress", "achievement": "achieve"}


def view(facts: Facts, words: Words) -> dict[str, Any]:
    top = headline(facts)
    return {
        "tiles": [_tile(facts, words, top, measure) for measure in MEASURES],
        "sum": _sum(facts, words, top),
        "quadrant": _quadrant(facts, words, top),
        "strengths": strengths(facts, words),
        "concerns": concerns(facts, words),
        "nothing": _nothing(facts, words, top),
        "first": _first(facts, words),
        "sentences": _sentences(facts, words, top),
    }


def _nothing(facts: Facts, words: Words, top: Headline) -> str:
    """What stands where neither a strength nor a concern was found."""
    if all(shown(row) is None for row in top.rows.values()):
        return words("summary.hidden")
    few = facts.meta["n_schools"] < FEW_SCHOOLS
    return words("progress.few_schools", k=facts.meta["n_schools"]) if few else words("summary.nothing")


def _tile(facts: Facts, words: Words, top: Headline, measure: str) -> dict[str, Any]:
    """What one tile shows; a measure without data keeps its tile and says why."""
    row, n = top.rows[measure], words.numbers
    value = shown(row)
    made: dict[str, Any] = {
        "css": CSS[measure],
        "title": words(f"measure.{measure}"),
        "sub": _sub(facts, words, row, measure),
    }
    made["verdict"] = verdict_words(words, measure, top.verdicts[measure])
    if row is None or value is None:
        return {**made, "value": "", "interval": "", "strip": None, "lines": []}
    write, ends = (n.effect, n.effects) if measure == "progress" else (n.level, n.levels)
    peers = [p.value for p in facts.rows("peers", subject=row.subject, measure=measure)]
    lines = [*LINES[measure](facts, words, row), *_change(facts, words, measure, row.subject)]
    drawn = strip.chart(row, value, peers, measure, words)
    return {**made, "value": write(value), "interval": ends(row.lo, row.hi), "strip": drawn, "lines": lines}


def _sub(facts: Facts, words: Words, row: Row | None, measure: str) -> str:
    """What is compared; of which paper, where several papers have no total."""
    if row is None or row.subject == "total" or len(subjects(facts)) == 1:
        return words(f"tile.{measure}")
    return words("tile.of", subject=subject_name(facts, words, row.subject), what=words(f"tile.{measure}"))


def _rank(words: Words, row: Row, facts: Facts) -> list[str]:
    if row.rank_lo is None or facts.meta["n_schools"] < FEW_SCHOOLS:
        return []
    return [words("tile.rank", low=row.rank_lo, high=row.rank_hi, k=facts.meta["n_schools"])]


def _start_lines(facts: Facts, words: Words, row: Row) -> list[str]:
    lowest = next(
        (r for r in facts.own("distributions", kind="prior_band", bin=1) if r.share is not None), None
    )
    share = [words("tile.lowest", share=words.numbers.percent(lowest.share, 0))] if lowest else []
    return [*_rank(words, row, facts), *share]


def _progress_lines(facts: Facts, words: Words, row: Row) -> list[str]:
    n = words.numbers
    made = []
    if row.tier and facts.meta["n_schools"] >= FEW_SCHOOLS:
        p = {"first": row.p_top, "third": row.p_bottom}.get(row.tier)
        made.append(words(f"tier.{row.tier}.long", p=n.probability(p)))
        if row.p_again is not None:
            made.append(words("tier.again", p=n.probability(row.p_again)))
    made += _rank(words, row, facts)
    if (
        row.verdict not in ("", "none")
        and row.marks is not None
        and full_mark(facts, row.subject) is not None
    ):
        key = "tile.marks.more" if row.marks >= 0 else "tile.marks.less"
        made.append(words(key, raw=n.plain(abs(row.marks))))
    return made


def _achievement_lines(facts: Facts, words: Words, row: Row) -> list[str]:
    n = words.numbers
    mean, full = (
        facts.mine("indicators", subject=row.subject, indicator="mean"),
        full_mark(facts, row.subject),
    )
    made = _rank(words, row, facts)
    if mean is not None and mean.value is not None and full is not None:
        made.append(
            words("tile.mean", value=n.plain(mean.value), city=n.plain(mean.reference), full=n.count(full))
        )
    return made


LINES = {"start": _start_lines, "progress": _progress_lines, "achievement": _achievement_lines}


def _change(facts: Facts, words: Words, measure: str, subject: str) -> list[str]:
    """Against the last comparable exam, or that there is none."""
    row, n = facts.mine("changes", measure=measure, subject=subject), words.numbers
    if row is None or row.value is None:
        return [words("tile.change.none")]
    verdict = words.within(f"verdict.change.{row.verdict or 'none'}")
    return [
        words("tile.change", value=n.effect(row.value), interval=n.effects(row.lo, row.hi), verdict=verdict)
    ]


def _sum(facts: Facts, words: Words, top: Headline) -> str:
    """The exact sum: city 50, plus start, plus value added … equals the result."""
    if top.progress is None:
        return ""
    parts = {row.part: row.value for row in facts.own("gap", subject=top.progress.subject)}
    if any(parts.get(key) is None for key in ("start", "value_added", "chance", "unmatched", "all")):
        return ""
    return words("summary.sum", **{key: words.numbers.effect(value) for key, value in parts.items()})


def _quadrant(facts: Facts, words: Words, top: Headline) -> Figure | None:
    if top.start is None or top.progress is None or shown(top.start) is None or shown(top.progress) is None:
        return None
    if top.start.lo is None or top.progress.lo is None or facts.meta["n_schools"] < FEW_SCHOOLS:
        return None
    own = school_quadrant.Position(top.start, top.progress)
    picture = school_quadrant.chart(facts, words, own, _before(facts, top))
    finding = words(
        "chart.quadrant", **{m: words.within(f"verdict.{m}.{top.verdicts[m]}") for m in ("start", "progress")}
    )
    named = bool(facts.rows("peer_points"))
    what = words("chart.quadrant.what", n=top.progress.n)
    return Figure(
        picture, finding, what, words("chart.quadrant.how" if named else "chart.quadrant.how.alone")
    )


def _before(facts: Facts, top: Headline) -> tuple[float, float] | None:
    """The last cohort's place (T points), where the series has it."""
    if top.start is None or top.progress is None:
        return None
    now = facts.meta["exam"]["id"]
    start = {
        r.past: r.value
        for r in facts.own("trends", measure="start", subject=top.start.subject)
        if r.past != now
    }
    progress = {
        r.past: r.value for r in facts.own("trends", measure="progress", subject=top.progress.subject)
    }
    shared = [past for past, v in start.items() if v is not None and progress.get(past) is not None]
    return (50 + 10 * start[shared[-1]], 10 * progress[shared[-1]]) if shared else None


def _first(facts: Facts, words: Words) -> Grid | None:
    """The first three recommendations."""
    rows = [case.first for case in cases(facts)[:3]]
    if not rows:
        return None
    columns = tuple(
        Column(words(f"advice.{key}"), kind="text") for key in ("measure", "owner", "within", "recheck")
    )
    lines = tuple(
        Line(
            Cell(measure_words(words, row)),
            (
                Cell(owner_words(words, row), css="nw"),
                Cell(within_words(words, row), css="nw"),
                Cell(recheck_words(facts, words, row)),
            ),
        )
        for row in rows
    )
    return Grid(
        words("summary.first", k=len(rows)), words("summary.first.what"), columns, lines, css="stackrow"
    )


def _sentences(facts: Facts, words: Words, top: Headline) -> list[str]:
    """The three findings as sentences, and the field of the quadrant."""
    made = [_sentence(facts, words, top, measure) for measure in MEASURES]
    field = _field(top)
    return [text for text in [*made, words(f"summary.quadrant.{field}") if field else ""] if text]


def _sentence(facts: Facts, words: Words, top: Headline, measure: str) -> str:
    row, n = top.rows[measure], words.numbers
    if row is None or shown(row) is None:
        return words(f"summary.{measure}.na" if row is None else f"summary.{measure}.hidden")
    of = state_of(row.verdict)
    write, ends = (n.effect, n.effects) if measure == "progress" else (n.level, n.levels)
    if of == "none":
        name, value = words(f"measure.{measure}"), write(shown(row))
        return words("summary.unrated", measure=name, value=value, reason=unrated(words, row))
    if of in ("small", "hidden"):
        return words(f"summary.{measure}.small", n=row.n)
    values = {
        "verdict": words.within(f"verdict.{measure}.{row.verdict}"),
        "value": write(shown(row)),
        "interval": ends(row.lo, row.hi),
    }
    return words(f"summary.{measure}.{of}", **values) + _extra(facts, words, top, measure, of)


def _extra(facts: Facts, words: Words, top: Headline, measure: str, of: str) -> str:
    """What the sentence adds where the number for it exists: raw marks, or the parts of the gap."""
    n, row = words.numbers, top.progress
    if row is None or of not in ("above", "below"):
        return ""
    if measure == "progress" and row.marks is not None and full_mark(facts, row.subject) is not None:
        return words(f"summary.progress.marks.{of}", raw=n.plain(abs(row.marks)))
    parts = {r.part: r.value for r in facts.own("gap", subject=row.subject)}
    if measure == "achievement" and parts.get("start") is not None and parts.get("value_added") is not None:
        return words(
            "summary.achievement.parts", start=n.effect(parts["start"]), va=n.effect(parts["value_added"])
        )
    return ""


def _field(top: Headline) -> str:
    """Which of the four fields, or the centre where an interval crosses a line."""
    states = [state_of(top.verdicts[m]) for m in ("start", "progress")]
    if any(of in ("small", "hidden", "none") for of in states):
        return ""
    if not all(of in ("above", "below") for of in states):
        return "centre"
    return f"{'high' if states[0] == 'above' else 'low'}_{'fast' if states[1] == 'above' else 'slow'}"
