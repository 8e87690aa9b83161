"""The `fits` table: what each paper's fit says of itself."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from analysis.build.fitting import Fitted
from analysis.terms import Z95

Frame = pd.DataFrame
UNIDENTIFIED = 10.0
"""An SE beyond so many times the whole variance says that a component cannot be identified: it is not printed."""
COLUMNS = ["subject", "term", "value", "se", "lo", "hi", "note"]


def fit_rows(fitted: Fitted) -> Frame:
    """Rows of one paper: coefficients, variances, reliabilities, checks, and its state."""
    return pd.DataFrame(_rows(fitted), columns=COLUMNS)


def unfitted(subject: str, reason: str) -> Frame:
    """The one row of a paper that could not be fitted: why."""
    return pd.DataFrame([{"subject": subject, "term": "state", "note": reason}], columns=COLUMNS)


def _rows(fitted: Fitted) -> list[dict[str, Any]]:
    found, core = fitted.progress, fitted.progress.core
    model = core.fit
    rows: list[dict[str, Any]] = []

    def add(
        term: str, value: float, se: float = np.nan, lo: float = np.nan, hi: float = np.nan, note: str = ""
    ) -> None:
        rows.append(
            {
                "subject": fitted.subject,
                "term": term,
                "value": value,
                "se": se,
                "lo": lo,
                "hi": hi,
                "note": note,
            }
        )

    # the printed SE is the fit's own; the interval has the error of the priors' correction as well
    for label, value, se, whole in zip(model.names, model.beta, model.se, found.se, strict=True):
        add(f"beta:{label}", float(value), float(se), float(value - Z95 * whole), float(value + Z95 * whole))
    components = found.variances()
    whole_variance = float(components["variance"].sum())
    for name, row in components.iterrows():
        known = row["se"] < UNIDENTIFIED * whole_variance  # else the data do not tell it from its neighbour
        add(f"variance:{name}", row["variance"], row["se"] if known else np.nan, row["lo"], row["hi"])
    for level, units in found.units.items():
        if level in found.icc:  # not teachers of a crossed model
            add(f"icc:{level}", found.icc[level])
        add(f"reliability:{level}", float(np.average(units.reliability, weights=units.n)))
        add(f"units:{level}", len(units.n))
    add("loglik", model.log_likelihood)
    add("criterion", model.deviance)
    add("n", int(core.pupils.matched.sum()))
    add("intake_correlation", found.intake_after)
    add("intake_correlation_uncorrected", found.intake_before)
    add("marks_per_sd", fitted.marks_per_sd)
    if fitted.start:
        add("start_reliability", fitted.start.value, note=fitted.start.source)
    for check, figure in asdict(found.checks).items():
        if isinstance(figure, int | float):
            add(f"check:{check}", float(figure))
    add("check:spread_ratio", float(found.checks.spread_ratio))
    add("check:max_leverage", float(np.max(found.checks.leverage, initial=0.0)))
    add("state", np.nan, note=" ".join(found.flags) or "ok")
    return rows
