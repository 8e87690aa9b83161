"""Raw marks: seaborn draws the city's distribution, our marks draw the school's line and everything that is text.

The city is the same in all reports of an exam, so its layer is drawn once, before the processes that make the
reports are forked; each report stretches it to its own axis. Text drawn by matplotlib would need its fonts
measured on the machine that renders; ours is set by the page.
"""

import io
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from .. import theme
from ..facts import Row
from ..marks import Drawing
from ..words import Words
from .frame import WIDTH, Scale
from .histogram import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, Look, draw

INCH = 72  # canvas units an inch, so that one unit is one CSS pixel


def chart(bins: Sequence[Row], look: Look, words: Words, title: str, alt: str) -> str:
    """The drawing as SVG; `bins` have start, stop, share and city (0–1)."""
    return draw(bins, look, words, title, alt, _city)


def _city(drawing: Drawing, _x: Scale, y: Scale, bins: Sequence[Row], _words: Words) -> None:
    """The shared layer, from its own axis to this drawing's."""
    edges = (*(row.start for row in bins), bins[-1].stop)
    shares = tuple(100 * (row.city or 0) for row in bins)
    stretch = (BOTTOM - y(max(shares))) / (BOTTOM - TOP)
    drawing.parts.append(
        f'<g transform="matrix(1 0 0 {stretch:.4f} 0 {BOTTOM * (1 - stretch):.2f})">{_layer(edges, shares)}</g>'
    )


@lru_cache(maxsize=8)
def _layer(edges: tuple[float, ...], shares: tuple[float, ...]) -> str:
    """The city's bars as SVG paths on the canvas of the histogram, the highest as high as it."""
    import matplotlib
    import seaborn as sns
    from matplotlib.figure import Figure

    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    with matplotlib.rc_context(theme.seaborn_rc()):
        figure = Figure((WIDTH / INCH, HEIGHT / INCH), dpi=INCH)
        figure.patch.set_visible(False)
        ax = figure.add_axes(
            (LEFT / WIDTH, 1 - BOTTOM / HEIGHT, (RIGHT - LEFT) / WIDTH, (BOTTOM - TOP) / HEIGHT)
        )
        look = {"color": theme.CITY, "alpha": 1, "edgecolor": "#fff", "linewidth": 1}
        sns.histplot(x=middles, weights=shares, bins=edges, ax=ax, **look)
        ax.set(xlim=(edges[0], edges[-1]), ylim=(0, max(shares) or 1))
        ax.set_axis_off()
        return _paths(figure)


def _paths(figure: object) -> str:
    """The paths of a figure without prolog, styles, identifiers and metadata; lines stay as wide if stretched."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})  # type: ignore[attr-defined]
    found = re.findall(r'<path d="([^"]*)"[^>]*?style="([^"]*)"', buffer.getvalue())
    return "".join(
        f'<path d="{" ".join(d.split())}" style="{style}; vector-effect: non-scaling-stroke"/>'
        for d, style in found
    )
