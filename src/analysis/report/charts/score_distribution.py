"""Raw marks: seaborn draws the two distributions, our marks draw everything that is text.

Text drawn by matplotlib would need its fonts measured on the machine that renders; ours is set by the page.
"""

import io
import re
from collections.abc import Sequence

from .. import theme
from ..facts import Row
from ..words import Words
from .frame import WIDTH
from .histogram import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, Look, draw

INCH = 72  # canvas units an inch, so that one unit is one CSS pixel


def chart(bins: Sequence[Row], look: Look, words: Words, title: str, alt: str) -> str:
    """The drawing as SVG; `bins` have start, stop, share and city (0–1)."""
    return draw(bins, look, words, title, alt, lambda top: _layers(bins, look.colour, top))


def _layers(bins: Sequence[Row], colour: str, top: float) -> str:
    """City bars and the school's step line as SVG paths, placed on the canvas of the histogram."""
    import matplotlib
    import seaborn as sns
    from matplotlib.figure import Figure

    edges = [row.start for row in bins] + [bins[-1].stop]
    middles = [(row.start + row.stop) / 2 for row in bins]
    city, own = [100 * (row.city or 0) for row in bins], [100 * (row.share or 0) for row in bins]
    with matplotlib.rc_context(theme.seaborn_rc()):
        figure = Figure((WIDTH / INCH, HEIGHT / INCH), dpi=INCH)
        ax = figure.add_axes(
            (LEFT / WIDTH, 1 - BOTTOM / HEIGHT, (RIGHT - LEFT) / WIDTH, (BOTTOM - TOP) / HEIGHT)
        )
        sns.histplot(
            x=middles,
            weights=city,
            bins=edges,
            ax=ax,
            color=theme.CITY,
            alpha=1,
            edgecolor="#fff",
            linewidth=1,
        )
        sns.histplot(
            x=middles, weights=own, bins=edges, ax=ax, element="step", fill=False, color=colour, linewidth=2.4
        )
        ax.set(xlim=(edges[0], edges[-1]), ylim=(0, top))
        ax.set_axis_off()
        return _paths(figure)


def _paths(figure: object) -> str:
    """The paths of a figure without prolog, styles, identifiers and metadata."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})  # type: ignore[attr-defined]
    found = re.findall(r'<path d="([^"]*)"[^>]*?style="([^"]*)"', buffer.getvalue())
    return "".join(f'<path d="{" ".join(d.split())}" style="{style}"/>' for d, style in found)
