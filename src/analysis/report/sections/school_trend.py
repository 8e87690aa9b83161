"""All comparable exams with intervals, and whether anything fell beyond chance."""

from typing import Any

from ..bands import shown, state, state_of, tone
from ..charts.subject_panels import Panel, path
from ..facts import Facts, Row
from ..marks import covering
from ..naming import subject_name, with_total
from ..tables import Cell, Column, Grid, Line, whisker_axis
from ..words import Words
from .school_rest import rest
from .school_value_added import effect_axis, effect_cell

TABLES = ("trends", "changes", "judgements")
MEASURES = ("start", "progress", "achievement")


def view(facts: Facts, words: Words) -> dict[str, Any]:
    if facts.one_school:
        return {"empty": words("one.trend")}
    series = {(m, c): _series(facts, m, c) for m in MEASURES for c in with_total(facts)}
    series = {key: rows for key, rows in series.items() if len(rows) > 1}
    changes = _changes(facts, words)
    if not series:
        return {"empty": words("trend.na")}
    main = next((c for c in with_total(facts) if any(code == c for _, code in series)), "total")
    return {
        "lead": _lead(facts, words, main),
        "not_said": words("trend.not"),
        "measures": _group(
            words, {words(f"measure.{m}"): (m, rows) for (m, c), rows in series.items() if c == main}
        ),
        "measures_what": words("trend.measures.what"),
        "subjects": _group(
            words,
            {
                subject_name(facts, words, c): (m, rows)
                for (m, c), rows in series.items()
                if m == "progress" and c != main
            },
        ),
        "subjects_what": words("trend.subjects.what"),
        "subjects_finding": _subjects_finding(facts, words),
        "numbers": _numbers(facts, words, series),
        "changes": changes,
        "sentences": _declines(facts, words),
    }


def _series(facts: Facts, measure: str, code: str) -> list[Row]:
    return [r for r in facts.own("trends", measure=measure, subject=code) if shown(r) is not None]


def _lead(facts: Facts, words: Words, main: str) -> str:
    """What became of progress (or, without progress, of results) since the last comparable exam."""
    n = words.numbers
    for measure in ("progress", "achievement", "start"):
        row = facts.mine("changes", measure=measure, subject=main)
        if row is not None and row.value is not None:
            of = {"above": "up", "below": "down", "around": "flat"}.get(state_of(row.verdict), "unclear")
            write = n.effect if measure == "progress" else n.level
            now = None if row.before is None else row.before + row.value
            return words(f"trend.{of}", measure=words(f"trend.measure.{measure}"), before=write(row.before), value=write(now), diff=n.effect(row.value), interval=n.effects(row.lo, row.hi))  # fmt: skip
    return words("trend.shown")


def _group(words: Words, named: dict[str, tuple[str, list[Row]]]) -> list[Panel]:
    """Panels on one common scale."""
    ends = [
        10 * v for _, rows in named.values() for r in rows for v in (r.value, r.lo, r.hi) if v is not None
    ]
    if not ends:
        return []
    domain = covering([*ends, 0.0], 0.05)
    made = []
    for name, (measure, rows) in named.items():
        last, n = rows[-1], words.numbers
        of = state(last)
        text = n.effect(last.value) if measure == "progress" else n.level(last.value)
        base = 0.0 if measure == "progress" else 50.0
        made.append(Panel(name, text, tone(of), path(rows, of, domain, words, name, base)))
    return made


def _subjects_finding(facts: Facts, words: Words) -> str:
    """Subjects whose progress rose or fell clearly."""
    rows = [r for r in facts.own("changes", measure="progress") if r.subject != "total"]
    names = {
        of: [subject_name(facts, words, r.subject) for r in rows if state_of(r.verdict) == of]
        for of in ("above", "below")
    }
    key = ("up" if names["above"] else "") + ("down" if names["below"] else "") or "none"
    up, down = words.join(names["above"]), words.join(names["below"])
    left = rest(words, rows, "change")
    said = words(f"trend.subjects.{key}", up=up, down=down, rest=left)
    return said + (words("rest.of_others", rest=left) if left and key != "none" else "")


def _numbers(facts: Facts, words: Words, series: dict[tuple[str, str], list[Row]]) -> Grid:
    """All values of the panels, folded away."""
    n = words.numbers
    exams = sorted({(r.date, r.past, r.cohort) for rows in series.values() for r in rows})
    columns = (Column(words("column.subject"), kind="text"), Column(words("column.measure"), kind="text"), *(Column(words("cohort.name", year=c)) for _, _, c in exams))  # fmt: skip
    body = []
    for (measure, code), rows in series.items():
        write, ends = (n.effect, n.effects) if measure == "progress" else (n.level, n.levels)
        cells = {r.past: Cell(write(r.value), ends(r.lo, r.hi)) for r in rows}
        body.append(Line(Cell(subject_name(facts, words, code)), (Cell(words(f"trend.measure.{measure}")), *(cells.get(past, Cell("—")) for _, past, _ in exams))))  # fmt: skip
    return Grid(
        words("trend.numbers"),
        words("trend.numbers.what"),
        columns,
        tuple(body),
        layout="wide",
        folded=words("trend.numbers"),
    )


def _changes(facts: Facts, words: Words) -> Grid | None:
    """Change of progress by subject against the last comparable exam, beside what regression alone would give."""
    n = words.numbers
    measure = "progress" if facts.own("changes", measure="progress") else "achievement"
    rows = {r.subject: r for r in facts.own("changes", measure=measure) if shown(r) is not None}
    found = [rows[c] for c in with_total(facts) if c in rows]
    if not found:
        return None
    domain, labels = effect_axis(words, [v for r in found for v in (r.lo, r.hi)])
    write, met = n.effect if measure == "progress" else n.level, _rules_met(facts)
    columns = (
        Column(words("column.subject"), kind="text"),
        Column(words("column.change"), words("column.interval")),
        Column(words("column.change"), kind="viz", axis=whisker_axis(domain, labels)),
        Column(words("column.before")),
        Column(words("column.now")),
        Column(words("column.regression"), words("unit.t")),
        Column(words("column.judgement"), kind="text"),
    )
    body = tuple(
        Line(
            Cell(subject_name(facts, words, r.subject)),
            (
                Cell(n.effect(r.value), n.effects(r.lo, r.hi), tone(state(r))),
                effect_cell(r, domain, state(r)),
                Cell(write(r.before)),
                Cell(write(None if r.before is None else r.before + r.value)),
                Cell(n.effect(r.expected)),
                Cell(words(f"verdict.change.{r.verdict or 'none'}"), _met(words, met, r.subject), css="nw"),
            ),
            "me" if r.subject == "total" else "",
        )
        for r in found
    )
    step = n.plain(abs(10 * facts.meta["thresholds"]["decline_step"]))
    sure = n.percent(facts.meta["thresholds"]["decline_probability"], 0)
    what = words(f"trend.changes.what.{measure}", step=step, p=sure)
    finding = _finding(facts, words, [r.subject for r in found])
    return Grid(finding, what, columns, body, words("trend.changes.note"), "mid")


def _rules_met(facts: Facts) -> dict[str, str]:
    """Subject → one, two or both: the rules of decline that it meets."""
    two, one = (
        {r.subject for r in facts.own("judgements", judgement=rule, status="found")}
        for rule in ("decline_two", "decline_one")
    )
    return {code: "both" if code in two & one else "two" if code in two else "one" for code in two | one}


def _met(words: Words, met: dict[str, str], subject: str) -> str:
    return words(f"trend.met.decline_{met[subject]}") if subject in met else ""


def _finding(facts: Facts, words: Words, subjects: list[str]) -> str:
    """Which subjects meet the rule of one year and which that of two: not the same question."""
    met, parts = _rules_met(facts), []
    for rule in ("both", "two", "one"):
        names = [subject_name(facts, words, code) for code in subjects if met.get(code) == rule]
        parts += [words(f"trend.meets.decline_{rule}", subjects=words.join(names))] if names else []
    if not parts:
        return words("trend.decline.none")
    return words("trend.decline.some", found=words("list.stop").join(parts))


def _declines(facts: Facts, words: Words) -> list[str]:
    """Declines that meet the rule, and falls from a high point: one sentence each, subjects with their figures."""
    n, made, said = words.numbers, [], set()
    for key in ("decline_two", "decline_one", "came_down"):
        rows = [r for r in facts.own("judgements", judgement=key, status="found") if r.subject not in said]
        parts = [
            words("trend.figure", subject=subject_name(facts, words, r.subject), diff=n.effect(r.value), interval=n.effects(r.lo, r.hi))
            for r in rows
        ]  # fmt: skip
        said |= {r.subject for r in rows}
        made += [words(f"trend.{key}", figures=words("list.stop").join(parts))] if parts else []
    return made
