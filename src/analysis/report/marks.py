"""The drawing vocabulary: one canvas unit is one CSS pixel; text stays text. Angles in degrees, colours from theme."""

import math
from collections.abc import Callable
from html import escape

from .theme import EVEN, INK_2, RULE

WIDE = 0x2E7F
"""Characters after this one are as wide as high (Chinese)."""


class Drawing:
    """An SVG drawing that is filled mark by mark."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.parts: list[str] = []

    def _add(self, tag: str, attributes: str, inside: str = "") -> None:
        self.parts.append(f"<{tag} {attributes}>{inside}</{tag}>" if inside else f"<{tag} {attributes}/>")

    def path(
        self,
        d: str,
        fill: str = "none",
        stroke: str = "none",
        width: float = 1,
        more: str = "",
        tip: str = "",
    ) -> None:
        inside = f"<title>{escape(tip)}</title>" if tip else ""
        self._add("path", f'd="{d}" fill="{fill}" stroke="{stroke}" stroke-width="{width}"{more}', inside)

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str = RULE, width: float = 1, dash: str = "", round_ends: bool = False) -> None:  # fmt: skip
        more = (f' stroke-dasharray="{dash}"' if dash else "") + (
            ' stroke-linecap="round"' if round_ends else ""
        )
        self.path(f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}", "none", stroke, width, more)

    def rect(self, x: float, y: float, width: float, height: float, fill: str, tip: str = "") -> None:
        inside = f"<title>{escape(tip)}</title>" if tip else ""
        box = (
            f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" fill="{fill}"'
        )
        self._add("rect", box, inside)

    def dot(self, x: float, y: float, r: float, fill: str, stroke: str = "#fff", width: float = 1, dash: str = "", tip: str = "") -> None:  # fmt: skip
        inside = f"<title>{escape(tip)}</title>" if tip else ""
        more = f' stroke-dasharray="{dash}"' if dash else ""
        self._add("circle", f'cx="{x:.1f}" cy="{y:.1f}" r="{r}" fill="{fill}" stroke="{stroke}" stroke-width="{width}"{more}', inside)  # fmt: skip

    def mark(self, x: float, y: float, state: str, colour: str = EVEN, r: float = 5, tip: str = "") -> None:
        """A point: full where it differs from the reference, hollow 'around', a dashed ring where nothing is said."""
        if state in ("above", "below"):
            return self.dot(x, y, r, colour, "#fff", 1, "", tip)
        return self.dot(x, y, r, "#fff", colour, 2, "" if state == "around" else "2.4 1.8", tip)

    def text(self, x: float, y: float, words: str, fill: str = INK_2, size: float = 13, anchor: str = "start", bold: bool = False, halo: bool = False, turn: float = 0) -> None:  # fmt: skip
        more = "" if anchor == "start" else f' text-anchor="{anchor}"'
        more += (' font-weight="600"' if bold else "") + (' class="halo"' if halo else "")
        more += f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
        self._add(
            "text", f'x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size}"{more}', escape(words) or " "
        )

    def column(self, x: float, top: float, words: str, fill: str = INK_2, size: float = 12) -> None:
        """A text from `top` downwards, centred on x: wide characters upright one under the other, others turned."""
        if all(ord(char) > WIDE for char in words):
            for i, char in enumerate(words):
                self.text(x, top + size * (i + 0.86), char, fill, size, "middle", halo=True)
        else:
            self.text(x + 0.36 * size, top, words, fill, size, "end", halo=True, turn=-90)

    def svg(self, title: str = "", desc: str = "", css: str = "fig") -> str:
        """The SVG element; without a title it is decoration that screen readers skip."""
        role = (
            f'role="img"><title>{escape(title)}</title><desc>{escape(desc)}</desc>'
            if title
            else 'aria-hidden="true">'
        )
        size = f'viewBox="0 0 {self.width:g} {self.height:g}" width="{self.width:g}" height="{self.height:g}"'
        return f'<svg class="{css}" {size} {role}{"".join(self.parts)}</svg>'


def scale(domain: tuple[float, float], start: float, stop: float) -> Callable[[float], float]:
    """Linear map of the domain onto start…stop (pixels)."""
    low, high = domain
    return lambda value: start + (value - low) / (high - low) * (stop - start)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values inside low…high, at most `most`, steps 1, 2, 2.5, 4 or 5 × 10ᵏ."""
    raw = (high - low) / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
    step = next(step * power for step in (1, 2, 2.5, 4, 5, 10) if step * power >= raw * (1 - 1e-9))
    return [
        round(k * step, 10) for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]


def covering(values: list[float], margin: float = 0.06) -> tuple[float, float]:
    """A domain that holds all values with some air at both ends."""
    low, high = min(values), max(values)
    air = (high - low) * margin or 0.5
    return low - air, high + air


def text_width(words: str, size: float) -> float:
    """Width of a text in pixels, generously: wide characters one em, others 0.58 em."""
    return sum(size if ord(char) > WIDE else 0.58 * size for char in words)
