"""The look, once: colour tokens and type, for the stylesheet, the drawing marks and seaborn."""

import re
from functools import cache
from pathlib import Path

INK, INK_2, INK_3 = "#18212B", "#46525F", "#5C6874"
RULE, HAIR, PANEL = "#C9D0D7", "#E4E8EB", "#F5F7F8"
PEER, PEER_DARK, CITY = "#C3CAD2", "#9AA5B1", "#D9DEE3"
START, PROGRESS, ACHIEVE = "#4F6378", "#0B7268", "#3D4BA3"
ABOVE, BELOW, EVEN = "#1F6CB0", "#B5500F", "#66717D"
ABOVE_1, ABOVE_2, ABOVE_3 = "#E3EDF6", "#C5DBEE", "#9CC2E2"
BELOW_1, BELOW_2, BELOW_3 = "#FBEBDD", "#F6D5B8", "#EDB98C"

TOKENS: dict[str, str] = {
    "ink": INK,
    "ink-2": INK_2,
    "ink-3": INK_3,
    "rule": RULE,
    "hair": HAIR,
    "panel": PANEL,
    "peer": PEER,
    "peer-dark": PEER_DARK,
    "city": CITY,
    "start": START,
    "progress": PROGRESS,
    "achieve": ACHIEVE,
    "above": ABOVE,
    "below": BELOW,
    "even": EVEN,
    "above-1": ABOVE_1,
    "above-2": ABOVE_2,
    "above-3": ABOVE_3,
    "below-1": BELOW_1,
    "below-2": BELOW_2,
    "below-3": BELOW_3,
}

FONTS = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif'

MEASURE_COLOURS = {"start": START, "progress": PROGRESS, "achievement": ACHIEVE}


@cache
def css() -> str:
    """The stylesheet of every report and index page; no outside reference."""
    colours = "".join(f"--{name}:{colour};" for name, colour in TOKENS.items())
    sheet = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
    return f":root{{{colours}--font:{FONTS}}}\n{sheet}"


def running_head(left: str, right: str, page: str) -> str:
    """CSS of the printed head and foot. `page` holds {page} and {pages}; texts may come from data."""
    number = page.format(page='" counter(page) "', pages='" counter(pages) "')
    style = f"font:8pt {FONTS};color:{INK_3}"
    return (
        f'@page{{@top-left{{content:"{_quoted(left)}";{style}}}@top-right{{content:"{_quoted(right)}";{style}}}'
        f'@bottom-right{{content:"{number}";{style}}}}}'
        '@page:first{@top-left{content:""}@top-right{content:""}}'
    )


def _quoted(text: str) -> str:
    """Text for a CSS string: whatever could end the string or the style element is written as a code."""
    return re.sub(r"[^\w\s·\-]|[\r\n\f]", lambda match: f"\\{ord(match[0]):06x}", text)


def seaborn_rc() -> dict[str, object]:
    """matplotlib settings in which seaborn's pictures sit beside our own: same inks, text kept as text."""
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "quality",
        "font.family": ["sans-serif"],
        "font.sans-serif": ["Noto Sans CJK SC", "DejaVu Sans"],
        "font.size": 12,
        "axes.edgecolor": RULE,
        "axes.labelcolor": INK_2,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "grid.color": HAIR,
        "xtick.color": PEER_DARK,
        "xtick.labelcolor": INK_3,
        "ytick.left": False,
        "ytick.labelcolor": INK_3,
        "text.color": INK,
    }
