"""The papers themselves: difficulty, discrimination, reliability, ceiling.

    difficulty P = x̄/X · discrimination D = (x̄_upper − x̄_lower)/X, upper and lower 27 % by the total ·
    reliability α of the items, where there are items, else the declared value · SEM = s·√(1 − α)

Source: docs/methods.md §1, §8. D: Kelley (1939), J. Educational Psychology 30, 17–24. α: Cronbach (1951),
Psychometrika 16, 297–334. Ceiling: scores.py; weights in the total: totals.py.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.measures.exam import ExamData
from analysis.measures.items import ItemData, reliability, upper_lower
from analysis.measures.scores import mark_range, z_per_mark
from analysis.measures.totals import effective_weights, nominal_weights
from analysis.terms import TOTAL


def papers_quality_table(
    exam: ExamData,
    exam_id: str,
    items: Mapping[str, ItemData],
    assumed: Mapping[str, float],
    in_total: Mapping[str, bool] | None = None,
) -> pd.DataFrame:
    """The `papers_quality` table. assumed : reliability by subject where no items give α.

    in_total : whether the total sums the paper (default: all); weights are of those papers only.
    """
    weights = _weights(exam, in_total or {})
    total = exam.scores[:, exam.column(TOTAL)] if TOTAL in exam.subjects else np.nansum(exam.scores, axis=1)
    rows = []
    for j, subject in enumerate(exam.subjects):
        own = _paper(exam, j, items.get(subject), total)
        own["reliability"] = own["alpha"] if not np.isnan(own["alpha"]) else assumed.get(subject, np.nan)
        rows.append({"exam": exam_id, "subject": subject, **own, **weights.get(subject, {})})
    frame = pd.DataFrame(rows)
    for name in ("nominal_weight", "effective_weight"):
        if name not in frame:
            frame[name] = np.nan
    return frame


def _paper(exam: ExamData, j: int, items: ItemData | None, total: np.ndarray) -> dict[str, float]:
    """Figures of one column over all who sat."""
    x, full = exam.scores[:, j], float(exam.full_marks[j])
    sat = x[~np.isnan(x)]
    alpha, sem = reliability(items) if items else (np.nan, np.nan)
    span = mark_range(x, full)
    mean = float(sat.mean()) if len(sat) else np.nan
    return {
        "full_mark": full,
        "n": len(sat),
        "mean": mean,
        "sd": float(sat.std(ddof=1)) if len(sat) > 1 else np.nan,
        "difficulty": mean / full,
        "discrimination": upper_lower(x, total, full),
        "alpha": alpha,
        "sem": sem,
        "items": len(items.table) if items else 0,
        "distinct": span.distinct,
        "ceiling": span.ceiling,
        "zero": span.zero,
        "capped": span.capped,
        "z_per_mark": z_per_mark(x, exam.z[:, j]),
    }


def _weights(exam: ExamData, in_total: Mapping[str, bool]) -> dict[str, dict[str, float]]:
    """Nominal and effective weights of the papers in the total."""
    if TOTAL not in exam.subjects:
        return {}
    columns = [j for j in exam.papers if in_total.get(exam.subjects[j], True)]
    nominal = nominal_weights(exam.full_marks[columns])
    effective = effective_weights(exam.scores[:, columns], exam.scores[:, exam.column(TOTAL)])
    return {
        exam.subjects[j]: {"nominal_weight": float(n), "effective_weight": float(e)}
        for j, n, e in zip(columns, nominal, effective, strict=True)
    }
