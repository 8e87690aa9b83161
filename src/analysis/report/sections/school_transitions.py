"""From prior band to band of this exam: a grid of shares, and what it says."""

from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words

DEEP = (0.45, 0.3, 0.15)
"""Shares from which a cell is dark, middle, light."""


def _own(facts: Facts) -> dict[tuple[int, int], Row]:
    """Rows of the prior bands that may be shown."""
    return {
        (r.band_from, r.band_to): r
        for r in facts.own("transitions")
        if r.flag != "hidden" and r.share is not None
    }


def table(facts: Facts, words: Words) -> Grid | None:
    """Rows: prior band; columns: band now; per cent of the prior band. The diagonal is framed."""
    own = _own(facts)
    if not own:
        return None
    columns = [
        Column(words("transition.corner"), kind="text"),
        *(Column(words(f"band.short.{b}")) for b in range(1, 6)),
    ]
    lines = []
    bands = [band for band in (5, 4, 3, 2, 1) if any(a == band for a, _ in own)]
    for start in bands:
        total = sum(r.n for (a, _), r in own.items() if a == start)
        cells = tuple(_cell(words, own.get((start, stop)), start == stop) for stop in range(1, 6))
        lines.append(Line(Cell(words(f"band.short.{start}"), words("n.equals", n=total)), cells))
    if len(bands) < 5:
        finding, how = words("transition.title"), words("transition.hidden")
    else:
        shares = dict(zip(("up", "down"), _moves(own), strict=True))
        shares |= {f"city_{way}": share for way, share in facts.meta["moves"].items()}
        said = {way: words.numbers.percent(share, 0) for way, share in shares.items()}
        finding, how = words("transition.finding", **said), words("transition.how")
    return Grid(finding, words("transition.what"), tuple(columns), tuple(lines), how, css="trans")


def _cell(words: Words, row: Row | None, same: bool) -> Cell:
    css = "diag" if same else ""
    if row is None or row.share is None:
        return Cell("—", css=css)
    depth = next((f" a{3 - i}" for i, limit in enumerate(DEEP) if row.share >= limit), "")
    return Cell(words.numbers.rate(row.share, 0), css=(css + depth).strip(), tip=words("n.equals", n=row.n))


def _moves(own: dict[tuple[int, int], Row]) -> tuple[float, float]:
    """Shares of pupils who rose and who fell at least one band."""
    total = sum(r.n for r in own.values()) or 1
    up = sum(r.n for (a, b), r in own.items() if b > a)
    down = sum(r.n for (a, b), r in own.items() if b < a)
    return up / total, down / total


def sentence(facts: Facts, words: Words) -> list[str]:
    """What became of the lowest and of the highest prior band."""
    own = _own(facts)
    low = [r for (a, _), r in own.items() if a == 1]
    high = [r for (a, _), r in own.items() if a == 5]
    if len({a for a, _ in own}) < 5:
        return []
    up = sum(r.n for r in low if r.band_to > 1)
    stayed = sum(r.n for r in high if r.band_to == 5)
    return [words("progress.transition", n=sum(r.n for r in low), k=up, n2=sum(r.n for r in high), k2=stayed)]
