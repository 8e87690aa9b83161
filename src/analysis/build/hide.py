"""Small numbers go, and what they could be worked out from goes with them: the last step before results are stored.

Counts that are published as sums (class → school → sector, township, official → city) are protected as a system;
see measures/suppression.py. What is hidden here never reaches a dossier.
"""

from collections.abc import Mapping

import pandas as pd

from analysis.measures.suppression import hidden_units, hide
from analysis.params import Params
from analysis.terms import Level

Frame = pd.DataFrame

SUMMED = (
    "indicators",
    "participation",
    "distributions",
    "lines",
    "effective",
    "item_quality",
    "topics",
    "transitions",
)
"""Tables of pupils who sat; the others rest on matched pupils."""
MATCHED = ("value_added", "value_added_bands", "growth", "gap", "panel", "changes")
WITHOUT_NAMES = ("judgements", "advice", "growth_points", "tracking")
"""Lists: a hidden unit is not on them at all."""


def hidden_tables(params: Params, results: Mapping[str, Frame]) -> dict[str, Frame]:
    """The results with hidden units blanked, and off every list."""
    threshold = params.privacy.hidden_below
    units, sat = results["units"], results["participation"]
    levels = [level for level in Level if level != Level.teacher]
    counts = sat[sat["level"].isin(levels)]
    gone = hidden_units(
        units, counts.rename(columns={"sat": "n"})[["level", "unit", "subject", "n"]], threshold
    )
    few = hidden_units(
        units, counts.rename(columns={"matched": "n"})[["level", "unit", "subject", "n"]], threshold
    )
    both = pd.concat([gone, few]).drop_duplicates(ignore_index=True)
    made = dict(results)
    for name in SUMMED:
        made[name] = hide(name, made[name], gone)
    for name in MATCHED:
        made[name] = hide(name, made[name], both)
    made["trends"] = hide("trends", made["trends"], both)
    anywhere = set(zip(both["level"], both["unit"], strict=True))
    for name in WITHOUT_NAMES:
        rows = made[name]
        kept = [pair not in anywhere for pair in zip(rows["level"], rows["unit"], strict=True)]
        made[name] = rows[kept].reset_index(drop=True)
    return made
