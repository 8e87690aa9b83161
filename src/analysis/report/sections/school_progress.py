"""Value added by subject, by prior band and by class; growth percentiles; from band to band."""

from typing import Any

from ..bands import FEW_SCHOOLS, shown, state, state_of, tone
from ..charts.band_progress import Series
from ..charts.band_progress import draw as draw_bands
from ..charts.dot_rows import Axis, DotRow
from ..charts.dot_rows import draw as dot_rows
from ..charts.subject_panels import Panel, caterpillar
from ..facts import Facts, Row
from ..marks import covering
from ..naming import class_name, subject_name, with_total
from ..picture import Figure, Picture
from ..theme import BELOW, PROGRESS
from ..words import Words
from .city_progress import with_its_class
from .school_headline import few_schools, headline, unrated
from .school_rest import every, finding, rest
from .school_transitions import sentence as transition_sentence
from .school_transitions import table as transition_table
from .school_value_added import table as value_added_table

TABLES = ("value_added", "value_added_bands", "growth", "transitions", "panel")
SIDES = ("above", "below")


def view(facts: Facts, words: Words) -> dict[str, Any]:
    row = headline(facts).progress
    if row is None:
        return {
            "empty": words(_why_none(facts)),
            "tone": "progress",
        }
    if shown(row) is None:
        return {"empty": words("progress.hidden"), "tone": "progress"}
    rows = subject_rows(facts)
    return {
        "tone": "progress",
        "lead": _lead(facts, words, row, rows),
        "not_said": words("progress.not"),
        "what": words("progress.what") + with_its_class(facts, words),
        "panels": _panels(facts, words, rows)
        if len(rows) > 1 and facts.meta["n_schools"] >= FEW_SCHOOLS
        else [],
        "panels_finding": _finding(facts, words, rows),
        "panels_what": words("progress.panels.what", k=facts.meta["n_schools"]),
        "table": value_added_table(facts, words, rows),
        "figures": [_by_band(facts, words, row), by_class(facts, words, row.subject)],
        "transitions": transition_table(facts, words),
        "sentences": [
            *_growth(facts, words, row.subject),
            *transition_sentence(facts, words),
            *_cautions(facts, words, row),
        ],
    }


def _why_none(facts: Facts) -> str:
    """Key of the sentence that says why there is no value added."""
    return "progress.na" if facts.meta["baseline"] else "progress.no_baseline"


def subject_rows(facts: Facts) -> list[Row]:
    """Value added, total first, then subjects in order; hidden ones left out."""
    rows = {row.subject: row for row in facts.own("value_added") if shown(row) is not None}
    return [rows[code] for code in with_total(facts) if code in rows]


def _lead(facts: Facts, words: Words, row: Row, rows: list[Row]) -> str:
    n, of = words.numbers, state_of(row.verdict)
    if of == "none":
        return words("progress.lead.unrated", value=n.effect(row.effect), reason=unrated(words, row))
    if of in ("small", "hidden"):
        return words("progress.lead.small", n=row.n, value=n.effect(row.effect))
    verdict = words.within(f"verdict.progress.{row.verdict}")
    text = words(
        "progress.lead", verdict=verdict, value=n.effect(row.effect), interval=n.effects(row.lo, row.hi)
    )
    return text + (_finding(facts, words, rows) + words("sentence.end") if len(rows) > 2 else "")


def _finding(facts: Facts, words: Words, rows: list[Row]) -> str:
    """Which subjects stand above, which below expectation."""
    rows = [r for r in rows if r.subject != "total"] or rows
    names = {of: [subject_name(facts, words, r.subject) for r in rows if state(r) == of] for of in SIDES}
    if side_of_all := every(names, len(rows)):
        return words(f"chart.subjects.all.{side_of_all}")
    return finding(words, "chart.subjects.", names, rest(words, rows, "progress"))


def _panels(facts: Facts, words: Words, rows: list[Row]) -> list[Panel]:
    peers = {
        r.subject: [p.value for p in facts.rows("peers", subject=r.subject, measure="progress")] for r in rows
    }
    ends = [10 * v for r in rows for v in (r.lo, r.hi, *peers[r.subject]) if v is not None]
    domain = covering([*ends, 0.0], 0.04)
    made = []
    for row in rows:
        of, name = state(row), subject_name(facts, words, row.subject)
        picture = caterpillar(row, peers[row.subject], of, domain, words, name)
        made.append(Panel(name, words.numbers.effect(row.effect), tone(of), picture))
    return made


def _by_band(facts: Facts, words: Words, row: Row) -> Figure | None:
    """Progress of the five bands in the total, beside the subject that is lowest where it is below expectation."""
    n = words.numbers
    own = [
        r
        for r in facts.own("value_added_bands", subject=row.subject)
        if shown(r) is not None and r.lo is not None
    ]
    if len(own) < 2:
        return None
    series = [Series(subject_name(facts, words, row.subject), PROGRESS, own)]
    low = min((r for r in subject_rows(facts) if r.subject != "total"), key=lambda r: r.effect, default=None)
    if low is not None and row.subject == "total" and state(low) == "below":
        rows = [
            r
            for r in facts.own("value_added_bands", subject=low.subject)
            if shown(r) is not None and r.lo is not None
        ]
        series += [Series(subject_name(facts, words, low.subject), BELOW, rows)] if len(rows) > 1 else []
    alt = words(
        "progress.bands.alt",
        steps=words.join([f"{words(f'band.short.{r.band}')} {n.effect(r.value)}" for r in own]),
    )
    head = (words("column.band"), words("column.n"), *(s.name for s in series))
    cells = [
        {r.band: words.bracket(n.effect(r.value), n.effects(r.lo, r.hi)) for r in s.rows} for s in series
    ]
    table = tuple((words(f"band.{r.band}"), n.count(r.n), *(c.get(r.band, "—") for c in cells)) for r in own)
    svg = draw_bands(series, words, words("progress.bands.title"), alt)
    what = words("progress.bands.what", n=sum(r.n for r in own))
    return Figure(
        Picture(svg, alt, (head, *table)), _band_finding(words, own), what, words("progress.bands.how")
    )


def _band_finding(words: Words, rows: list[Row]) -> str:
    """Which bands lie below expectation, else above, else whether they are shown to be near it."""
    n, found = words.numbers, [state(r) for r in rows]
    behind, ahead = ([r for r in rows if state(r) == of] for of in ("below", "above"))
    if behind:
        row = min(behind, key=lambda r: r.value)
        key = "none" if len(behind) == len(rows) else "behind" if len(behind) == 1 else "several"
        return words(f"progress.band.{key}", bands=_short(words, behind), band=words(f"band.{row.band}"), value=n.effect(row.value), interval=n.effects(row.lo, row.hi))  # fmt: skip
    if len(ahead) == len(rows):
        return words("progress.band.all")
    if ahead:
        return words("progress.band.ahead", bands=_short(words, ahead))
    return words("progress.band.around" if set(found) == {"around"} else "progress.band.even")


def _short(words: Words, rows: list[Row]) -> str:
    return words.join([words(f"band.short.{r.band}") for r in rows])


def by_class(facts: Facts, words: Words, subject: str) -> Figure | None:
    """Classes in the total, position in the city."""
    n = words.numbers
    found = [
        r
        for r in facts.rows("value_added", level="class", subject=subject)
        if shown(r) is not None and r.lo is not None
    ]
    if len(found) < 2:
        return None
    found.sort(key=lambda r: -r.effect)
    rows = [
        DotRow(class_name(words, r.unit), 10 * r.effect, 10 * r.lo, 10 * r.hi, state(r), n.effect(r.effect))
        for r in found
    ]
    axis = Axis(words("progress.axis"), n.signed_tick, 0.0, words("progress.zero"))
    alt = words("progress.classes.alt", steps=words.join([f"{r.label} {r.text}" for r in rows]))
    head = (words("column.class"), words("column.n"), words("column.value_added"), words("column.interval"))
    table = tuple(
        (class_name(words, r.unit), n.count(r.n), n.effect(r.effect), n.effects(r.lo, r.hi)) for r in found
    )
    up, down = (sum(state(r) == of for r in found) for of in SIDES)
    key = (
        "all"
        if up == len(found)
        else "all_down"
        if down == len(found)
        else ("up" if up else "") + ("down" if down else "") or "none"
    )
    left = rest(words, found, "progress")
    tail = words("rest.of_others", rest=left) if left and key != "none" else ""
    said = words(f"progress.classes.{key}", up=up, down=down, k=len(found), rest=left) + tail
    low, high = min(r.n for r in found), max(r.n for r in found)
    what = words("progress.classes.what", n=low if low == high else n.plains(low, high, 0))
    return Figure(Picture(dot_rows(rows, axis, words("progress.classes.title"), alt, 32), alt, (head, *table)), said, what, words("progress.classes.how"))  # fmt: skip


def _growth(facts: Facts, words: Words, subject: str) -> list[str]:
    row, n = facts.mine("growth", subject=subject), words.numbers
    if row is None or row.value is None:
        return []
    return [
        words(
            "progress.sgp",
            value=n.plain(row.value, 0),
            interval=n.plains(row.lo, row.hi, 0),
            median=n.plain(row.median, 0),
        )
    ]


def _cautions(facts: Facts, words: Words, row: Row) -> list[str]:
    """Reliability, sensitivity to the model, capped papers, and what missing pupils could change."""
    n, k = words.numbers, facts.meta["n_schools"]
    made = [few_schools(facts, words)] if k < FEW_SCHOOLS else []
    if row.reliability is not None:
        name = subject_name(facts, words, row.subject)
        made.append(words("progress.shrink", subject=name, value=n.plain(row.reliability, 2)))
    moved = [r for r in subject_rows(facts) if r.sensitive]
    if moved:
        made.append(
            words(
                "progress.sensitive",
                subjects=words.join([subject_name(facts, words, r.subject) for r in moved]),
            )
        )
    capped = [p.subject for p in facts.rows("papers_quality") if p.capped]
    if capped:
        made.append(
            words("progress.capped", subjects=words.join([subject_name(facts, words, c) for c in capped]))
        )
    if row.tipping is not None:
        made.append(words("progress.tipping", value=n.level(row.tipping)))
    return made
