"""Down to the class and, where the audience may see them, to coded teachers."""

from typing import Any

from ..bands import shown, side, state, tone
from ..facts import Facts, Row
from ..naming import class_name, subject_name, with_total
from ..tables import Cell, Column, Grid, Line, whisker_axis
from ..words import Words
from .school_groups import table as group_table
from .school_rest import rest
from .school_value_added import effect_axis, effect_cell

TABLES = ("value_added", "indicators", "judgements", "units")
DEPTHS = (0.35, 0.20)
"""Effects (sd) from which a coloured cell is dark, middle; below that it is light."""


def view(facts: Facts, words: Words) -> dict[str, Any]:
    units = [r.unit for r in facts.rows("units", level="class")]
    effects = {
        (r.unit, r.subject): r for r in facts.rows("value_added", level="class") if shown(r) is not None
    }
    units = [u for u in units if any(unit == u for unit, _ in effects)] or units
    if not units:
        return {"empty": words("class.none")}
    if not effects and not any(_any_figure(facts, unit) for unit in units):
        return {"empty": words("class.few")}
    return {
        "lead": _lead(facts, words, effects),
        "not_said": words("class.not"),
        "grids": [
            _heat(facts, words, units, effects),
            _intervals(facts, words, units, effects),
            group_table(facts, words),
            _classes(facts, words, units, effects),
        ],
        "teachers": _teachers(facts, words),
        "teacher_note": words("teacher.intro"),
        "sentences": [*_placement(facts, words, units), *_hidden(facts, words, units, effects)],
    }


Effects = dict[tuple[str, str], Row]


def _columns(facts: Facts, effects: Effects) -> list[str]:
    return [code for code in with_total(facts) if any(subject == code for _, subject in effects)]


def _lead(facts: Facts, words: Words, effects: Effects) -> str:
    """How many class-subject cells differ from expectation."""
    cells = [
        row
        for (_, subject), row in effects.items()
        if subject != "total" or len(_columns(facts, effects)) == 1
    ]
    if not cells:
        return words("class.lead.one" if facts.meta["one_class_schools"] else "class.lead.none")
    up, down = (sum(state(row) == of for row in cells) for of in ("above", "below"))
    left, k = rest(words, cells, "progress"), len(cells)
    if k in (up, down):
        return words(f"class.lead.{'up' if up else 'down'}", k=k)
    if not up and not down:
        return words("class.lead.rest", k=k, what=left)
    tail = words("class.lead.others", rest=k - up - down, what=left) if left else ""
    return words("class.lead", k=k, up=up, down=down) + tail + words("sentence.end")


def _heat(facts: Facts, words: Words, units: list[str], effects: Effects) -> Grid | None:
    """Class × subject; only cells whose interval does not hold 0 are coloured."""
    codes = _columns(facts, effects)
    if not codes:
        return None
    own = {r.subject: r for r in facts.own("value_added") if shown(r) is not None}
    columns = [
        Column(words("column.class"), kind="text"),
        *(Column(subject_name(facts, words, c)) for c in codes),
    ]
    body = []
    for unit in units:
        counts = [effects[(unit, c)].n for c in codes if (unit, c) in effects]
        small = words("n.equals", n=max(counts)) if counts else ""
        body.append(
            Line(
                Cell(class_name(words, unit), small),
                tuple(_heat_cell(words, effects.get((unit, c))) for c in codes),
            )
        )
    if not facts.one_school:
        body.append(
            Line(Cell(words("school.name")), tuple(_heat_cell(words, own.get(c)) for c in codes), "sum me")
        )
    return Grid(_heat_finding(facts, words, effects, codes), words("class.heat.what"), tuple(columns), tuple(body), words("class.heat.how"), css="heat")  # fmt: skip


def _heat_cell(words: Words, row: Row | None) -> Cell:
    if row is None:
        return Cell("—")
    n, of = words.numbers, state(row)
    css = ""
    if of in ("above", "below"):
        depth = next((3 - i for i, limit in enumerate(DEPTHS) if abs(row.effect) >= limit), 1)
        css = f"sig {of[0]}{depth}"
    return Cell(n.effect(row.effect), css=css, tip=n.effects(row.lo, row.hi))


def _heat_finding(facts: Facts, words: Words, effects: Effects, codes: list[str]) -> str:
    """The subject with most classes above, and with most below expectation."""
    counts = {of: {c: sum(s == c and state(r) == of for (_, s), r in effects.items()) for c in codes if c != "total" or len(codes) == 1} for of in ("above", "below")}  # fmt: skip
    cells = sum(len([s for _, s in effects if s == c]) for c in counts["above"])
    for of, by in counts.items():
        if cells and sum(by.values()) == cells:
            return words(f"class.heat.every.{of}")
    best = {of: max(by, key=lambda c: by[c]) for of, by in counts.items() if any(by.values())}
    if not best:
        return words("class.heat.none", rest=rest(words, effects.values(), "progress"))
    key = "class.heat." + "".join(best)
    values = {of: subject_name(facts, words, c) for of, c in best.items()}
    ks = {f"k_{of}": counts[of][c] for of, c in best.items()}
    return words(key, **values, **ks)


def _intervals(facts: Facts, words: Words, units: list[str], effects: Effects) -> Grid | None:
    """The intervals of all cells, folded away."""
    codes, n = _columns(facts, effects), words.numbers
    if not codes:
        return None
    columns = (
        Column(words("column.class"), kind="text"),
        *(Column(subject_name(facts, words, c)) for c in codes),
    )
    body = []
    for unit in units:
        rows = [effects.get((unit, c)) for c in codes]
        body.append(
            Line(
                Cell(class_name(words, unit)), tuple(Cell(n.effects(r.lo, r.hi) if r else "—") for r in rows)
            )
        )
    return Grid(words("class.intervals"), words("class.intervals.what"), columns, tuple(body), layout="wide", folded=words("class.intervals"))  # fmt: skip


def _classes(facts: Facts, words: Words, units: list[str], effects: Effects) -> Grid | None:
    """Start, mean, pass rate and value added of each class in the total."""
    code = with_total(facts)[0]
    found = [(unit, _figures(facts, unit, code)) for unit in units]
    found = [(unit, r) for unit, r in found if r]
    if not found:
        return None
    rows = sorted(found, key=lambda u: -_sort_value(effects.get((u[0], code))))
    shown_rows = [effects[(unit, code)] for unit, _ in rows if (unit, code) in effects]
    domain, labels = effect_axis(words, [v for r in shown_rows for v in (r.lo, r.hi)])
    columns = (
        Column(words("column.class"), kind="text"),
        Column(words("column.sat")),
        Column(words("column.start"), words("column.interval")),
        Column(words("column.t"), words("column.interval")),
        Column(words("column.pass_rate"), words("column.interval")),
        Column(words("column.value_added"), words("unit.t")),
        Column(words("column.interval"), kind="ci"),
        Column(words("column.value_added"), kind="viz", axis=whisker_axis(domain, labels)),
    )
    body = tuple(_class_line(words, unit, r, effects.get((unit, code)), domain) for unit, r in rows)
    what = words(
        "class.table.what.progress" if shown_rows else "class.table.what",
        subject=subject_name(facts, words, code),
    )
    with_progress = ".progress" if shown_rows else ""
    title, note = (words(f"class.table.{key}{with_progress}") for key in ("title", "note"))
    return Grid(title, what, columns, body, note, "wide")


def _figures(facts: Facts, unit: str, code: str) -> dict[str, Row]:
    """A class's figures by indicator; a single paper's are completed by those of the total, which is the same."""
    codes = ("total", code) if len(with_total(facts)) == 1 else (code,)
    return {
        r.indicator: r
        for subject in codes
        for r in facts.rows("indicators", level="class", unit=unit, subject=subject)
    }


def _sort_value(row: Row | None) -> float:
    return -99.0 if row is None else float(row.effect)


def _class_line(
    words: Words, unit: str, r: dict[str, Row], effect: Row | None, domain: tuple[float, float]
) -> Line:
    n = words.numbers
    start, result, passed = r.get("start"), r.get("achievement"), r.get("pass_rate")
    of = state(effect)
    cells = (
        Cell(n.count(result.n if result and shown(result) is not None else None)),
        Cell(n.level(start.value if start else None), n.levels(start.lo, start.hi) if start else ""),
        Cell(n.level(result.value if result else None), n.levels(result.lo, result.hi) if result else ""),
        Cell(
            n.rate(passed.value if passed else None),
            n.rates(passed.lo, passed.hi) if passed and passed.value is not None else "",
        ),
        Cell(n.effect(effect.effect if effect else None), tone=tone(of)),
        Cell(n.effects(effect.lo, effect.hi) if effect else "—"),
        effect_cell(effect, domain, of) if effect else Cell("—"),
    )
    return Line(Cell(class_name(words, unit)), cells)


def _teachers(facts: Facts, words: Words) -> Grid | None:
    """Teachers as codes, with what can be said of the classes they teach."""
    rows = [r for r in facts.rows("value_added", level="teacher") if shown(r) is not None]
    if not rows:
        return None
    domain, marks = effect_axis(words, [v for r in rows for v in (r.lo, r.hi)])
    follow = {
        r.unit for r in facts.rows("judgements", level="teacher", judgement="follow_up", status="found")
    }
    columns = [
        Column(words("column.teacher"), kind="text"),
        Column(words("column.value_added"), words("unit.t")),
        Column(words("column.value_added"), kind="viz", axis=whisker_axis(domain, marks)),
        Column(words("column.interval"), kind="ci"),
        Column(words("column.n")),
    ]
    columns += [Column(words("column.judgement"), kind="text")] if follow else []
    body = tuple(_teacher_line(facts, words, row, domain, follow) for row in rows)
    few = all(
        row.flag in ("too_few_classes", "short_tenure") for row in rows
    )  # of one school: nobody is judged
    none = words("one.teacher.few" if few and facts.one_school else "teacher.finding.none")
    finding = words("teacher.finding.some", k=len(follow)) if follow else none
    return Grid(finding, words("teacher.what"), tuple(columns), body, layout="mid")


def _teacher_line(
    facts: Facts, words: Words, row: Row, domain: tuple[float, float], follow: set[str]
) -> Line:
    n, of = words.numbers, state(row)
    name = words(
        "teacher.of",
        subject=subject_name(facts, words, row.subject),
        label=row.unit.rsplit("/", 1)[-1],
    )
    cells = [
        Cell(n.effect(row.effect), tone=tone(of)),
        effect_cell(row, domain, of),
        Cell(n.effects(row.lo, row.hi)),
        Cell(n.count(row.n)),
    ]
    cells += [Cell(words("teacher.follow") if row.unit in follow else "—")] if follow else []
    return Line(Cell(name, _short(words, row)), tuple(cells))


def _short(words: Words, row: Row) -> str:
    """That a teacher had these pupils for too short a time to be judged by them."""
    return words("teacher.short") if row.flag == "short_tenure" else ""


def _placement(facts: Facts, words: Words, units: list[str]) -> list[str]:
    """Whether classes start from clearly different places."""
    code = with_total(facts)[0]
    starts = [
        r
        for unit in units
        if (r := _figures(facts, unit, code).get("start")) is not None
        and shown(r) is not None
        and r.lo is not None
    ]
    if len(starts) < 2:
        return []
    low, high = min(starts, key=lambda r: r.value), max(starts, key=lambda r: r.value)
    if side(high.lo - low.hi, high.hi - low.lo) != "above":
        return [words("class.gap.alike")]
    return [words("class.gap.placement", diff=words.numbers.plain(10 * (high.value - low.value)))]


def _hidden(facts: Facts, words: Words, units: list[str], effects: Effects) -> list[str]:
    """Classes with too few pupils are named as such, once."""
    known = {unit for unit, _ in effects}
    missing = [
        class_name(words, unit) for unit in units if unit not in known and not _any_figure(facts, unit)
    ]
    return [words("class.small", label=words.join(missing))] if missing else []


def _any_figure(facts: Facts, unit: str) -> bool:
    """Whether any figure of the class may be shown."""
    return any(shown(r) is not None for r in facts.rows("indicators", level="class", unit=unit))
