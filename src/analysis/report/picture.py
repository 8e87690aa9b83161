"""A picture and the words around it."""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Picture:
    """A drawn chart: SVG, its text alternative, and the numbers behind it (first row is the head).

    `narrow` is a second drawing for narrow screens, where a wide one would become unreadable.
    """

    svg: str
    alt: str
    table: tuple[tuple[str, ...], ...] = ()
    narrow: str = ""

    def _repr_html_(self) -> str:
        if not self.narrow:
            return self.svg
        return f'<div class="only-wide">{self.svg}</div><div class="only-narrow">{self.narrow}</div>'

    def __str__(self) -> str:
        return f"[{escape(self.alt)}]"


@dataclass(frozen=True)
class Figure:
    """A picture with its finding (title), what is drawn (quantity, unit, n) and how to read it."""

    picture: Picture
    finding: str
    what: str
    how: str = ""
