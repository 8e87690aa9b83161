"""Overall finding: three tiles, start × progress, strengths and concerns, what to do first, the three in words."""

from typing import Any

from ..bands import FEW_SCHOOLS, shown
from ..charts import school_quadrant, strip
from ..facts import Facts, Row
from ..naming import full_mark, subject_name, subjects, verdict_words
from ..picture import Figure
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .school_cases import Case, case_title, cases, measure_words, owner_words, recheck_words, within_words
from .school_evidence import concerns, strengths
from .school_headline import MEASURES, Headline, few_schools, headline
from .school_readings import notes, story
from .school_value_added import tier_of

TABLES = ("value_added", "indicators", "gap", "peers", "peer_points", "changes", "advice")
CSS = {"start": "start", "progress": "progress", "achievement": "achieve"}


def view(facts: Facts, words: Words) -> dict[str, Any]:
    top = headline(facts)
    hidden = all(row is not None and shown(row) is None for row in top.rows.values())
    good, bad = strengths(facts, words), concerns(facts, words)
    return {
        "tiles": [_tile(facts, words, top, measure) for measure in MEASURES],
        "story": story(facts, words, top),
        "notes": [] if hidden else notes(words, top),
        "quadrant": _quadrant(facts, words, top),
        "strengths": good,
        "concerns": bad,
        "lacking": {
            "strengths": "" if good or not bad else words("summary.strengths.none"),
            "concerns": "" if bad or not good else words("summary.concerns.none"),
        },
        "nothing": "" if good or bad else _nothing(facts, words, top, hidden),
        "first": first(facts, words),
    }


def _nothing(facts: Facts, words: Words, top: Headline, hidden: bool) -> str:
    """What stands where neither a strength nor a concern was found."""
    if hidden:
        return words("summary.hidden", k=facts.meta["privacy"]["hidden_below"])
    if facts.meta["n_schools"] < FEW_SCHOOLS:
        return few_schools(facts, words)
    if "small" in top.verdicts.values():
        return words("summary.nothing.small")
    return words("summary.nothing.advised" if cases(facts) else "summary.nothing")


def _tile(facts: Facts, words: Words, top: Headline, measure: str) -> dict[str, Any]:
    """What one tile shows; a measure without data keeps its tile and says why."""
    row, n = top.rows[measure], words.numbers
    value = shown(row)
    made: dict[str, Any] = {
        "css": CSS[measure],
        "title": words(f"measure.{measure}"),
        "of": _of(facts, words, row),
        "sub": words(f"tile.{measure}"),
    }
    made["verdict"] = verdict_words(words, measure, top.verdicts[measure])
    if row is None or value is None:
        return {**made, "value": "", "unit": "", "strip": None, "lines": [], "change": ""}
    write, ends = (n.effect, n.effects) if measure == "progress" else (n.level, n.levels)
    peers = [p.value for p in facts.rows("peers", subject=row.subject, measure=measure)]
    return {
        **made,
        "value": write(value),
        "unit": words("tile.unit", interval=ends(row.lo, row.hi)),
        "strip": strip.chart(row, value, peers, measure, words),
        "lines": LINES[measure](facts, words, row),
        "change": _change(facts, words, measure, row.subject),
    }


def _of(facts: Facts, words: Words, row: Row | None) -> str:
    """The paper that a tile is about, where several papers have no total."""
    if row is None or row.subject == "total" or len(subjects(facts)) == 1:
        return ""
    return subject_name(facts, words, row.subject)


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
    n, made = words.numbers, _rank(words, row, facts)
    placed = tier_of(facts, row)
    if placed not in ("", "withheld") and facts.meta["n_schools"] >= FEW_SCHOOLS:
        p = {"first": row.p_top, "third": row.p_bottom}.get(placed)
        tier = words(f"tier.{placed}.long", p=n.probability(p))
        made = [words("tile.tier", tier=tier, low=row.rank_lo, high=row.rank_hi) if made else tier]
        made += [] if row.p_again is None else [words("tier.again", p=n.probability(row.p_again))]
    judged = row.verdict not in ("", "none") and row.marks is not None
    if judged and full_mark(facts, row.subject) is not None and round(row.marks, 1):
        made.append(words(f"tile.marks.{'more' if row.marks > 0 else 'less'}", raw=marks(words, row.marks)))
    return made


def marks(words: Words, value: float) -> str:
    """Raw marks behind an 'about': whole ones from ten on, the estimate is not finer than that."""
    return words.numbers.plain(abs(value), 0 if abs(value) >= 10 else 1)


def _achievement_lines(facts: Facts, words: Words, row: Row) -> list[str]:
    n, full = words.numbers, full_mark(facts, row.subject)
    mean = facts.mine("indicators", subject=row.subject, indicator="mean")
    made = _rank(words, row, facts)
    if mean is not None and mean.value is not None and full is not None:
        made.append(
            words("tile.mean", value=n.plain(mean.value), city=n.plain(mean.reference), full=n.count(full))
        )
    return made


LINES = {"start": _start_lines, "progress": _progress_lines, "achievement": _achievement_lines}


def _change(facts: Facts, words: Words, measure: str, subject: str) -> str:
    """Against the last comparable exam; that there is none is said by the section on the years."""
    row, n = facts.mine("changes", measure=measure, subject=subject), words.numbers
    if row is None or row.value is None:
        return ""
    verdict = words.within(f"verdict.change.{row.verdict or 'none'}")
    return words(
        "tile.change", value=n.effect(row.value), interval=n.effects(row.lo, row.hi), verdict=verdict
    )


def _quadrant(facts: Facts, words: Words, top: Headline) -> Figure | None:
    if top.start is None or top.progress is None or shown(top.start) is None or shown(top.progress) is None:
        return None
    if top.start.lo is None or top.progress.lo is None or facts.meta["n_schools"] < FEW_SCHOOLS:
        return None
    own = school_quadrant.Position(top.start, top.progress)
    picture = school_quadrant.chart(facts, words, own, _before(facts, top))
    small = {top.verdicts[m] for m in ("start", "progress")} == {"small"}
    finding = words(
        "chart.quadrant.small" if small else "chart.quadrant",
        **{m: words.within(f"verdict.{m}.{top.verdicts[m]}") for m in ("start", "progress")},
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


def first(facts: Facts, words: Words) -> Grid | None:
    """The first three recommendations: what about, what to do, who by when, how it is seen."""
    found = cases(facts)[:3]
    if not found:
        return None
    keys = ("about", "measure", "who", "recheck")
    columns = tuple(Column(words(f"summary.first.{key}"), kind="text") for key in keys)
    lines = tuple(_first_line(facts, words, case) for case in found)
    finding = words("summary.first.one" if len(found) == 1 else "summary.first", k=len(found))
    return Grid(finding, words("summary.first.what"), columns, lines, css="stackrow first")


def _first_line(facts: Facts, words: Words, case: Case) -> Line:
    row = case.measures[0]
    cells = (
        Cell(measure_words(words, row)),
        Cell(owner_words(words, row), within_words(words, row)),
        Cell(recheck_words(facts, words, case, row)),
    )
    return Line(Cell(case_title(facts, words, case)), cells)
