"""The same schools under other models: how far the order and the verdicts hold."""

from statistics import correlation

from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_units import main_subject

FITS = (
    "uncorrected",
    "rho_low",
    "rho_high",
    "within",
    "same_only",
    "stayers",
    "contextual",
    "growth",
    "mean_z",
)


def panel_grid(facts: Facts, words: Words) -> Grid | None:
    """One line a fit: correlation with the reported one, largest shift, schools whose verdict changes."""
    n, by_fit = words.numbers, _fits(facts)
    core = by_fit.get("core", {})
    others = [
        fit
        for fit in (*FITS, *(f for f in by_fit if f not in FITS))
        if fit in by_fit and fit != "core" and not fit.startswith("slope_")
    ]
    if len(core) < 3 or not others:
        return None
    lines = []
    for fit in others:
        rows = {unit: row for unit, row in by_fit[fit].items() if unit in core}
        if len(rows) < 3:
            continue
        r = _correlation([(core[u].value, row.value) for u, row in rows.items()])
        shift = max(abs(row.value - core[u].value) for u, row in rows.items()) if fit != "growth" else None
        changed = sum(not row.agrees for row in rows.values())
        lines.append(
            Line(
                Cell(_name(words, fit), words.either(f"city.fit_how.{fit}", "city.fit_how.other")),
                (
                    Cell(n.plain(r, 3)),
                    Cell(n.plain(None if shift is None else 10 * shift)),
                    Cell(n.count(changed)),
                ),
            )
        )
    columns = (
        Column(words("city.column.fit"), kind="text"),
        Column(words("city.column.correlation")),
        Column(words("city.column.shift"), words("city.unit.t")),
        Column(words("city.column.changed"), words("city.unit.schools")),
    )
    doubted = [
        row for row in facts.rows("value_added", level="school", subject=main_subject(facts)) if row.sensitive
    ]
    finding = words("city.panel.some" if doubted else "city.panel.none", k=len(others), k2=len(doubted))
    return Grid(finding, words("city.panel.what", k=len(core)), columns, tuple(lines), layout="mid")


def _fits(facts: Facts) -> dict[str, dict[str, Row]]:
    """Fit → school → row of the headline subject."""
    found: dict[str, dict[str, Row]] = {}
    for row in facts.rows("panel", level="school", subject=main_subject(facts)):
        if row.value is not None:
            found.setdefault(row.fit, {})[row.unit] = row
    return found


def _correlation(pairs: list[tuple[float, float]]) -> float | None:
    first, second = zip(*pairs, strict=True)
    return correlation(first, second) if len(set(first)) > 1 and len(set(second)) > 1 else None


def _name(words: Words, fit: str) -> str:
    return words(f"city.fit.{fit}") if f"city.fit.{fit}" in words else fit
