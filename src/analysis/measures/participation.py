"""Who sat: counts by state, and pupils of the starting exam who are gone.

    rate = sat/expected, expected = roster − left − deferred − exempt (missing where no roster is known)
    gone: d = z̄⁰_gone − z̄⁰_came, SE = σ_pupil √(1/n_gone + 1/n_came), z⁰ the start, σ_pupil within classes

Both groups of the second line sat in the same classes, so that the class part of chance cancels.

Source: docs/methods.md §1, §3. Interval of the rate: Wilson (1927), JASA 22, 209–212.
"""

from typing import Any

import numpy as np
import pandas as pd

from analysis.measures.arrays import Bools, Floats, Ints
from analysis.measures.blocks import stack
from analysis.measures.components import components
from analysis.measures.exam import STATES, ExamData, Grouping
from analysis.measures.rates import wilson
from analysis.terms import SMALL_HIDDEN, SMALL_NOTE, Z95, Flag, Level, State

COUNTED = (
    State.absent,
    State.cheat,
    State.deferred,
    State.exempt,
    State.unscanned,
    State.invalid,
    State.blank,
)


def flags(n: Ints, hidden_below: int = SMALL_HIDDEN, note_below: int = SMALL_NOTE) -> np.ndarray:
    """Small-cell flag of each count."""
    return np.where(n < hidden_below, str(Flag.hidden), np.where(n < note_below, str(Flag.small), ""))


def participation_table(exam: ExamData, exam_id: str, hidden_below: int = SMALL_HIDDEN) -> pd.DataFrame:
    """The `participation` table: every level × unit × subject with listed pupils.

    expected = roster − left − deferred − exempt, missing where no roster is known: a blank roster is not 100 %.
    The rate's interval is Wilson's: about another cohort like this one, not about the pupils who were there.
    """
    blocks = [
        _block(exam, by, j, subject, hidden_below)
        for by in exam.levels
        for j, subject in enumerate(exam.subjects)
    ]
    frame = stack("participation", exam_id, blocks, [block["listed"] > 0 for block in blocks])
    return frame.assign(expected=frame["expected"].astype("Int64"))


def _block(exam: ExamData, by: Grouping, j: int, subject: str, hidden_below: int) -> dict[str, Any]:
    """Counts of one column at one level, and pupils listed, with whom a unit has a row."""
    unit, state = by.column(j), exam.states[:, j]
    sat = ~np.isnan(exam.scores[:, j])

    def count(who: Bools) -> Ints:
        return np.bincount(unit[who & (unit >= 0)], minlength=len(by.ids))

    came = count(sat)
    expected = count(exam.expected[:, j] | sat) if exam.roster_known else np.full(len(by.ids), np.nan)
    shown = expected if exam.roster_known else came
    base = np.where((expected > 0) & (shown >= hidden_below), expected, np.nan)
    rate = came / base
    lo, hi = wilson(rate, np.nan_to_num(base))
    columns = {"level": str(by.level), "unit": np.array(by.ids, object), "subject": subject}
    columns |= {"expected": expected, "sat": came, "matched": count(sat & exam.matched)}
    columns |= {str(s): count(state == STATES.index(s)) for s in COUNTED}
    columns |= {"rate": rate, "rate_lo": lo, "rate_hi": hi, "flag": flags(shown, hidden_below)}
    return columns | {"listed": count(state >= 0)}


def outflow_table(
    exam_id: str, prior: Floats, came: Bools, classes: Ints, levels: tuple[Grouping, ...]
) -> pd.DataFrame:
    """The `outflow` table: pupils of the starting exam by the units where they sat *then*.

    prior : start z (m₀,) of all pupils of the starting exam; came : whether they sat this exam;
    classes : class code then; levels : groupings of the starting exam's pupils.
    value = mean start z of the gone less the others', SE = σ_within-class √(1/n_gone + 1/n_came).
    """
    school = next(by for by in levels if by.level == Level.school).column(0)
    known = ~np.isnan(prior)
    sigma = float(np.sqrt(components(prior[known], classes[known], school[known]).within[0, 0]))
    frame = pd.concat([_flow(prior, came, by, sigma) for by in levels], ignore_index=True)
    frame.insert(0, "exam", exam_id)
    return frame


def _flow(prior: Floats, came: Bools, by: Grouping, sigma: float) -> pd.DataFrame:
    unit = by.column(0)
    known = ~np.isnan(prior) & (unit >= 0)
    size = len(by.ids)
    gone_n, came_n = (np.bincount(unit[known & who], minlength=size) for who in (~came, came))
    with np.errstate(invalid="ignore", divide="ignore"):
        gone, stayed = (
            np.bincount(unit[known & who], prior[known & who], size) / n
            for who, n in ((~came, gone_n), (came, came_n))
        )
        se = sigma * np.sqrt(1 / gone_n + 1 / came_n)
    start = gone_n + came_n
    small = np.where((gone_n >= SMALL_HIDDEN) & (came_n >= SMALL_HIDDEN), 1.0, np.nan)
    value = (gone - stayed) * small
    frame = pd.DataFrame(
        {"level": str(by.level), "unit": list(by.ids), "start": start, "gone": gone_n, "value": value}
    )
    frame["lo"], frame["hi"] = value - Z95 * se, value + Z95 * se
    frame["flag"] = flags(start)
    return frame[start > 0]
