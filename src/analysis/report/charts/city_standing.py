"""What the city's charts and tables draw from: a school and its estimates, ready to be shown."""

from collections.abc import Callable
from dataclasses import dataclass

State = str
"""One of bands.STATES. Above or below: the interval excludes the reference. Around: surely close to it. Unclear: too wide to tell."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval, in sd of the city or as a share; None where it is not shown."""

    value: float | None = None
    lo: float | None = None
    hi: float | None = None
    state: State = "none"
    n: int = 0

    @property
    def shown(self) -> bool:
        return self.value is not None and self.lo is not None and self.hi is not None

    @property
    def distinct(self) -> bool:
        return self.state in ("above", "below")


NOTHING = Estimate()

Scale = Callable[[float], float]
"""Value → pixel."""


@dataclass(frozen=True)
class Standing:
    """A school: its three measures (sd) and where they place it."""

    unit: str
    name: str
    short: str
    sector: str
    n: int
    start: Estimate = NOTHING
    progress: Estimate = NOTHING
    achievement: Estimate = NOTHING
