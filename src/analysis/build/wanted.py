"""Which results tables are made of an exam: all of one that is reported; of one that only serves as another's past,
what later exams read.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pandas as pd

from analysis.judgement.advice import tables_read
from analysis.judgement.evidence import READ
from analysis.tables import RESULTS

Makers = Mapping[str, Callable[[], pd.DataFrame]]

LATER = ("units", "participation", "indicators", "value_added", "judgements", "advice")
"""What later exams read of an exam (trends, changes, what lasts, follow-up), and what tells who is hidden in it."""


SIFTED = ("panel", "growth")
"""What takes names off lists. A past exam's advice is followed up: it must be what was printed, not what a cheaper
fit would have said.
"""


def kept(reported: bool) -> tuple[str, ...]:
    """Tables that an exam leaves behind."""
    return RESULTS if reported else LATER


def wanted(reported: bool, measures: Mapping[str, Any]) -> frozenset[str]:
    """Tables to make: those that are kept, and those that judgements and advice rest on."""
    return frozenset((*kept(reported), *READ, *SIFTED, *tables_read(measures)))


def make(names: Collection[str], makers: Makers) -> dict[str, pd.DataFrame]:
    """The tables of these names, each by its maker; what nobody wants is not made."""
    return {name: maker() for name, maker in makers.items() if name in names}
