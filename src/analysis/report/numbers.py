"""Numbers as text, in the manner of a language: real minus, narrow intervals, '—' for what is not shown.

Inside, effects and z are in sd and proportions 0–1; here they become T points and per cent.
"""

import math
from dataclasses import dataclass

MISSING = "—"
MINUS = "−"
JOIN = "\u2060"  # no line break inside an interval


@dataclass(frozen=True)
class Numbers:
    """Formats numbers. `to` stands between the ends of an interval."""

    to: str = "～"

    def plain(self, value: float | None, digits: int = 1) -> str:
        """Without a plus sign: marks, rates, counts with decimals."""
        if value is None or not math.isfinite(value):
            return MISSING
        text = f"{abs(value):,.{digits}f}"
        return text if value >= 0 or not text.strip("0.,") else MINUS + text

    def signed(self, value: float | None, digits: int = 1) -> str:
        """With plus or minus; what rounds to zero has no sign."""
        text = self.plain(value, digits)
        return text if text == MISSING or text[0] == MINUS or not text.strip("0.,") else "+" + text

    def count(self, value: float | None) -> str:
        return self.plain(value, 0)

    def range(self, low: str, high: str) -> str:
        """An interval of two texts; '—' if an end is missing."""
        return MISSING if MISSING in (low, high) else f"{low}{self.to}{high}"

    def ranks(self, low: float | None, high: float | None) -> str:
        """An interval of ranks: one number where both ends are the same place."""
        return self.count(low) if low is not None and low == high else self.plains(low, high, 0)

    def plains(self, low: float | None, high: float | None, digits: int = 1) -> str:
        return self.range(self.plain(low, digits), self.plain(high, digits))

    def signeds(self, low: float | None, high: float | None, digits: int = 1) -> str:
        return self.range(self.signed(low, digits), self.signed(high, digits))

    def level(self, z: float | None) -> str:
        """A position in T points, city 50."""
        return self.plain(None if z is None else 50 + 10 * z)

    def levels(self, low: float | None, high: float | None) -> str:
        return self.range(self.level(low), self.level(high))

    def effect(self, sd: float | None) -> str:
        """A difference in T points, signed."""
        return self.signed(None if sd is None else 10 * sd)

    def effects(self, low: float | None, high: float | None) -> str:
        return self.range(self.effect(low), self.effect(high))

    def rate(self, share: float | None, digits: int = 1) -> str:
        """Per cent without the sign, for columns that say %."""
        return self.plain(None if share is None else 100 * share, digits)

    def rates(self, low: float | None, high: float | None, digits: int = 1) -> str:
        return self.range(self.rate(low, digits), self.rate(high, digits))

    def percent(self, share: float | None, digits: int = 1) -> str:
        text = self.rate(share, digits)
        return text if text == MISSING else text + "%"

    def percents(self, low: float | None, high: float | None, digits: int = 1) -> str:
        return self.range(self.percent(low, digits), self.percent(high, digits))

    def points(self, share: float | None, digits: int = 1) -> str:
        """A difference of shares in percentage points, signed."""
        return self.signed(None if share is None else 100 * share, digits)

    def pointses(self, low: float | None, high: float | None, digits: int = 1) -> str:
        return self.range(self.points(low, digits), self.points(high, digits))

    def probability(self, p: float | None) -> str:
        """Whole per cent, rounded down, so that 79.6 % never reads as the 80 % it did not reach."""
        if p is None or not math.isfinite(p):
            return MISSING
        return ">99%" if p > 0.99 else "<1%" if p < 0.01 else f"{math.floor(100 * p + 1e-9)}%"

    def tick(self, value: float) -> str:
        """An axis number: as many decimals as it needs, signed minus."""
        return (MINUS if value < 0 else "") + f"{abs(round(value, 6)):g}"

    def signed_tick(self, value: float) -> str:
        return self.tick(value) if round(value, 6) <= 0 else "+" + self.tick(value)
