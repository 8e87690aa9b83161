"""From single judgements to lists that may be published, each with its expected number of wrong names. §5."""

import numpy as np
import pandas as pd
from scipy.special import ndtr

from analysis.judgement.evidence import Evidence
from analysis.judgement.rules import COLUMNS, RULES
from analysis.tables import TABLES
from analysis.terms import Z95, Level

Frame = pd.DataFrame

CANDIDATES = "award"
"""A list of candidates names its expected number of right ones and is not bound by the error limit."""


def judge(e: Evidence, exam_id: str) -> Frame:
    """The `judgements` table: all rules, then lists cut to the allowed share of wrong names."""
    made = [rule(e) for rule in RULES.values()]
    rows = pd.concat(
        [frame for frame in made if len(frame)] or [pd.DataFrame(columns=COLUMNS)], ignore_index=True
    )
    rows = _publishable(rows, e.limits.list_error).assign(exam=exam_id)
    return rows[TABLES["judgements"].names]


def _publishable(rows: Frame, limit: float) -> Frame:
    """Rows with the least certain names of a list turned to near, until Σ(1 − P)/length ≤ limit."""
    rows = rows.copy()
    listed = rows[
        (rows["status"] == "found") & rows["probability"].notna() & (rows["judgement"] != CANDIDATES)
    ]
    for _, of_list in listed.groupby(["judgement", "level"], sort=False):
        best = of_list.sort_values("probability", ascending=False, kind="stable")
        wrong = (1 - best["probability"].astype(float)).cumsum() / np.arange(1, len(best) + 1)
        too_many = best.index[(wrong > limit + 1e-12).to_numpy()]
        rows.loc[too_many, ["status", "reason"]] = ["near", "list_error"]
    return rows


def lists_table(judgements: Frame, exam_id: str) -> Frame:
    """Rows of the `trust` table, key list:JUDGEMENT: expected number of wrong names (award: of right ones)
    of the published school list, n its length; note 'cut' where names were left off for the error limit.
    """
    rows = []
    schools = judgements[judgements["level"] == Level.school]
    for name, found in schools.groupby("judgement", sort=False):
        listed = found[(found["status"] == "found") & found["probability"].notna()]
        p = listed["probability"].astype(float)
        value = float(p.sum() if name == CANDIDATES else (1 - p).sum())
        cut = bool((found["reason"] == "list_error").any())
        rows.append({"exam": exam_id, "key": f"list:{name}", "value": value, "lo": np.nan, "hi": np.nan}
                    | {"n": len(listed), "note": "cut" if cut else ""})  # fmt: skip
    return pd.DataFrame(rows, columns=TABLES["trust"].names)


def discoveries(value_added: Frame) -> pd.Series:
    """Benjamini–Hochberg over the schools of each subject, from raw effects: q of each row, NaN for other levels.

    q: the smallest expected share of wrong finds at which the two-sided test of raw effect = 0 would find it.
    Source: Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57, 289–300.
    """
    from statsmodels.stats.multitest import multipletests

    se = (value_added["raw_hi"] - value_added["raw_lo"]) / (2 * Z95)
    p = pd.Series(2 * ndtr(-(value_added["raw"] / se).abs().to_numpy(float)), index=value_added.index)
    p = p[(value_added["level"] == Level.school) & p.notna()]
    q = pd.Series(np.nan, index=value_added.index)
    for _, of_subject in p.groupby(value_added["subject"], sort=False):
        q[of_subject.index] = multipletests(of_subject, method="fdr_bh")[1]
    return q
