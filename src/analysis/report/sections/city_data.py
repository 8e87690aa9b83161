"""Who sat, who is missing, who has a starting score, and what is still open in the sheets."""

from .. import bands
from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_issues import issue_grid
from .city_units import by_unit, main_subject, names, once, sat_any, subject_name

TABLES = ("participation", "outflow", "issues_summary")

STATES = ("cheat", "deferred", "exempt", "unscanned", "invalid", "blank")


def view(facts: Facts, words: Words) -> dict[str, object]:
    whole = facts.one("participation", level="city", subject=main_subject(facts))
    if whole is None:
        return {"empty": words("city.data.na")}
    return {
        "lead": _lead(facts, words, whole),
        "not_said": words("city.data.not"),
        "grids": [
            _papers(facts, words),
            _schools(facts, words),
            _outflow(facts, words),
            issue_grid(facts, words),
        ],
        "paragraphs": _issues(facts, words),
    }


def _lead(facts: Facts, words: Words, whole: Row) -> str:
    n, k = words.numbers, facts.meta["n_schools"]
    if (several := sat_any(facts)) is not None:
        return words("city.data.sat_any", k=k, n_sat=n.count(several))
    if whole.expected is None:
        return words("city.data.sat", k=k, n_sat=n.count(whole.sat))
    return words(
        "city.opening",
        exam=facts.meta["exam"]["title"],
        k=k,
        n_expected=n.count(whole.expected),
        n_sat=n.count(whole.sat),
        rate=n.percent(whole.rate),
    )


def _matched(words: Words, row: Row) -> str:
    return words.numbers.rate(bands.matched(row))


def _papers(facts: Facts, words: Words) -> Grid:
    """One line a paper."""
    rows = once(facts, facts.rows("participation", level="city"))
    shown = {
        "rate": any(row.rate is not None for row in rows),
        "expected": any(row.expected is not None for row in rows),
        "sat": True,
        "absent": any(row.expected is not None for row in rows),
        "matched": bool(facts.meta["baseline"]),
        "other": any(getattr(row, state) for row in rows for state in STATES),
    }
    keys = [key for key, there in shown.items() if there]
    lines = tuple(
        Line(
            Cell(subject_name(facts, words, row.subject)),
            tuple(_paper_cell(words, row, key) for key in keys),
            "sum" if row.subject == "total" and len(rows) > 1 else "",
        )
        for row in sorted(rows, key=lambda row: row.subject == "total")
    )
    pupils = words("city.unit.pupils")
    columns = tuple(
        Column(
            words(f"city.column.{key}"),
            "%" if key in ("rate", "matched") else pupils,
            "text" if key == "other" else "num",
        )
        for key in keys
    )
    return Grid(
        words("city.data.papers"),
        words("city.data.papers_what") if shown["rate"] else words("city.data.papers_plain"),
        (Column(words("city.column.subject"), kind="text"), *columns),
        lines,
        layout="mid",
    )


def _paper_cell(words: Words, row: Row, key: str) -> Cell:
    """One figure of a paper's line."""
    n = words.numbers
    if key == "rate":
        return Cell(n.rate(row.rate), n.rates(row.rate_lo, row.rate_hi) if row.rate is not None else "")
    if key == "matched":
        return Cell(_matched(words, row))
    if key == "other":
        return Cell(_states(words, row) or n.count(0))
    return Cell(n.count(getattr(row, key)))


def _states(words: Words, row: Row) -> str:
    texts = [words(f"city.state.{s}", n=getattr(row, s)) for s in STATES if getattr(row, s)]
    return words("list.comma").join(texts)


def _schools(facts: Facts, words: Words) -> Grid | None:
    """Schools whose participation or matched rate is below the rule."""
    n, rules = words.numbers, facts.meta["thresholds"]
    name = names(facts)
    rows = [
        row
        for row in by_unit(facts, "participation", "school", subject=main_subject(facts)).values()
        if row.flag != "hidden"
        and (_low(row.rate, rules["participation"]) or _low_match(facts, row, rules["matched"]))
    ]
    if not rows:
        return None
    rows.sort(key=lambda row: row.rate if row.rate is not None else 1.0)
    lines = tuple(
        Line(
            Cell(name.get(row.unit, row.unit)),
            (
                Cell(n.count(row.expected)),
                Cell(n.count(row.sat)),
                Cell(n.rate(row.rate), n.rates(row.rate_lo, row.rate_hi) if row.rate is not None else ""),
                Cell(_matched(words, row)),
            ),
        )
        for row in rows
    )
    columns = (
        Column(words("city.column.school"), kind="text"),
        Column(words("city.column.expected"), words("city.unit.pupils")),
        Column(words("city.column.sat"), words("city.unit.pupils")),
        Column(words("city.column.rate"), "%"),
        Column(words("city.column.matched"), "%"),
    )
    limits = {"rate": n.percent(rules["participation"], 0), "matched": n.percent(rules["matched"], 0)}
    what = words("city.data.low_what", **limits)
    return Grid(words("city.data.low", k=len(lines)), what, columns, lines, layout="mid")


def _low(share: float | None, limit: float) -> bool:
    return share is not None and share < limit


def _low_match(facts: Facts, row: Row, limit: float) -> bool:
    return bool(facts.meta["baseline"]) and _low(bands.matched(row), limit)


def _outflow(facts: Facts, words: Words) -> Grid | None:
    """Schools whose missing pupils started clearly lower."""
    n, name = words.numbers, names(facts)
    rows = [
        row
        for row in facts.rows("outflow", level="school")
        if not row.flag and row.value is not None and row.hi is not None and row.hi < 0
    ]
    if not rows:
        return None
    rows.sort(key=lambda row: -row.gone / row.start)
    lines = tuple(
        Line(
            Cell(name.get(row.unit, row.unit)),
            (
                Cell(n.count(row.start)),
                Cell(n.count(row.gone)),
                Cell(n.rate(row.gone / row.start)),
                Cell(n.effect(row.value), n.effects(row.lo, row.hi)),
            ),
        )
        for row in rows
    )
    pupils = words("city.unit.pupils")
    columns = (
        Column(words("city.column.school"), kind="text"),
        Column(words("city.column.at_start"), pupils),
        Column(words("city.column.gone"), pupils),
        Column(words("city.column.share"), "%"),
        Column(words("city.column.start_gap"), words("city.unit.t")),
    )
    return Grid(
        words("city.data.outflow", k=len(lines)),
        words("city.data.outflow_what"),
        columns,
        lines,
        layout="mid",
    )


def _issues(facts: Facts, words: Words) -> list[str]:
    """What is unresolved in the sheets, and the rule for marks that are no marks."""
    issues = facts.meta["issues"]
    error, question, note = (issues.get(key, 0) for key in ("error", "question", "note"))
    texts = [words("city.data.states")]
    if len(facts.meta["subjects"]) > 1 and facts.one("participation", level="city", subject="total"):
        texts.append(words("city.data.whole"))
    texts.append(words("city.data.issues" if error + question else "city.data.issues_none"))
    texts += [words("city.data.settled", note=note)] if note else []
    if not facts.rows("outflow", level="school"):
        texts.append(words("city.data.outflow_na"))
    return texts
