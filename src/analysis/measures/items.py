"""小题: item statistics of a paper and mastery by item, knowledge point and ability. docs/methods.md §8."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from analysis.measures.arrays import Bools, Floats, Ints
from analysis.measures.blocks import stack
from analysis.measures.exam import ExamData, Grouping
from analysis.measures.figures import Paper
from analysis.measures.participation import flags
from analysis.measures.rates import effective_n, wilson
from analysis.terms import SMALL_HIDDEN, Z95

MEANINGFUL_GAP = -0.03
"""A gap in score rate that is worth a lesson (docs/methods.md §8)."""

TAIL = 0.27
"""Kelley's upper and lower share for the D index."""

ALPHA_PUPILS, ALPHA_ITEMS = 100, 3


@dataclass(frozen=True)
class ItemData:
    """Item marks of one paper.

    marks : (m, q) by the pupils of ExamData, NaN where a pupil did not sit or did not choose the item; a blank
    answer is 0. blank : (m, q). table : q rows in the order of the paper with item, order, full_mark, topic,
    ability, expected_rate. choice : (q,) items that a pupil may leave out.
    """

    subject: str
    marks: Floats
    blank: Bools
    table: pd.DataFrame
    choice: Bools

    @property
    def full(self) -> Floats:
        """Full marks, (q,)."""
        return self.table["full_mark"].to_numpy(float)


def cronbach_alpha(marks: Floats) -> float:
    """α = k/(k − 1)·(1 − Σ var_i / var_sum) of marks (n, k), pupils with every item only; NaN if undefined.

    Source: Cronbach (1951), Psychometrika 16, 297–334.
    """
    whole = marks[~np.isnan(marks).any(axis=1)]
    k = whole.shape[1]
    if len(whole) < 2 or k < 2:
        return np.nan
    total = float(whole.sum(axis=1).var(ddof=1))
    return float(k / (k - 1) * (1 - whole.var(axis=0, ddof=1).sum() / total)) if total > 0 else np.nan


def reliability(items: ItemData) -> tuple[float, float]:
    """α and SEM = sd·√(1 − α) in marks of the compulsory items; NaN below 100 pupils or 3 items.

    Choice questions have no common set of pupils and stay out.
    """
    marks = items.marks[:, ~items.choice]
    whole = ~np.isnan(marks).any(axis=1)
    if whole.sum() < ALPHA_PUPILS or marks.shape[1] < ALPHA_ITEMS:
        return np.nan, np.nan
    alpha = cronbach_alpha(marks)
    return alpha, float(marks[whole].sum(axis=1).std(ddof=1) * np.sqrt(max(1 - alpha, 0)))


def stratified_alpha(alpha: Floats, marks: Floats, total: Floats) -> float:
    """Reliability of a total (n,) of papers (n, k) whose reliabilities α (k,) are known: 1 − Σ s²_k(1 − α_k)/s²_total.

    NaN where the total does not vary. Source: Cronbach, Schönemann & McKie (1965), Educational and Psychological
    Measurement 25, 291–312.
    """
    spread = float(total.var(ddof=1))
    return float(1 - (marks.var(axis=0, ddof=1) * (1 - alpha)).sum() / spread) if spread > 0 else np.nan


def item_rest(marks: Floats) -> Floats:
    """Correlation of each item with the sum of the others (q,), over pupils with the item; NaN if constant."""
    total = np.nansum(marks, axis=1)
    out = np.full(marks.shape[1], np.nan)
    for i, item in enumerate(marks.T):
        known = ~np.isnan(item)
        rest = total[known] - item[known]
        if known.sum() > 2 and item[known].std() > 0 and rest.std() > 0:
            out[i] = np.corrcoef(item[known], rest)[0, 1]
    return out


def tails(total: Floats, share: float = TAIL) -> tuple[Floats, Floats]:
    """Weights (n,) of the pupils in the top and the bottom share by total (n,); each adds to share·n.

    Pupils tied on the limit share its places equally, so the order of rows does not matter.
    """
    return _top(total, share), _top(-total, share)


def _top(total: Floats, share: float) -> Floats:
    places = share * len(total)
    if places == 0:
        return np.zeros(0)
    limit = np.sort(total)[::-1][min(int(np.ceil(places)), len(total)) - 1]
    above, tied = total > limit, total == limit
    return np.where(above, 1.0, np.where(tied, (places - above.sum()) / tied.sum(), 0.0))


def upper_lower(x: Floats, total: Floats, full: float) -> float:
    """D = (mean of the top 27 % − mean of the bottom 27 %)/full mark, groups by total; NaN without pupils."""
    known = ~np.isnan(x) & ~np.isnan(total)
    if known.sum() < 4 or np.isnan(full):
        return np.nan
    top, bottom = tails(total[known])
    return float((np.average(x[known], weights=top) - np.average(x[known], weights=bottom)) / full)


@dataclass(frozen=True)
class Mastery:
    """Score rate of every unit of one level on one item or group of items, and its gap to the city."""

    value: Floats
    lo: Floats
    hi: Floats
    city: float
    gap: Floats
    gap_se: Floats
    n: Ints


def mastery(paper: Paper, rate: Floats) -> Callable[[Grouping], Mastery]:
    """Mastery by level from the pupils' score rates (m,), NaN where a pupil has none.

    The unit is part of the city: SE(gap) = (1 − n/N)·√(SE_unit² + SE_rest²). The interval of the value is
    Wilson's, with the pupils' number divided by deff and taken as if answers were right or wrong: wide, never
    beyond 0 or 1.
    """
    known = ~np.isnan(rate)
    parts = paper.components(rate[:, None], known)
    whole, classes = float(known.sum()), float(len(np.unique(paper.classes[known])))
    city = float(rate[known].mean()) if known.any() else np.nan

    def by(units: Grouping) -> Mastery:
        cells = paper.cells(units, known)
        value = cells.mean(rate)
        rest = parts.se(whole - cells.n, np.maximum(classes - cells.classes, 1.0))
        own = parts.se(cells.effective, cells.classes)
        se = np.where(
            cells.n < whole, (1 - cells.n / max(whole, 1)) * np.hypot(own, np.nan_to_num(rest)), 0.0
        )
        lo, hi = wilson(value, effective_n(cells.effective, cells.classes, parts.icc))
        shown = np.where(cells.n >= SMALL_HIDDEN, 1.0, np.nan)
        return Mastery(
            value * shown, lo * shown, hi * shown, city, (value - city) * shown, se * shown, cells.n
        )

    return by


def _mastery_block(found: Mastery, by: Grouping, subject: str) -> dict[str, Any]:
    """The columns that item_quality and topics share."""
    se = np.where(found.gap_se > 0, found.gap_se, np.nan)
    return {
        "level": str(by.level),
        "unit": np.array(by.ids, object),
        "subject": subject,
        "value": found.value,
        "lo": found.lo,
        "hi": found.hi,
        "city": found.city,
        "gap": found.gap,
        "gap_lo": found.gap - Z95 * found.gap_se,
        "gap_hi": found.gap + Z95 * found.gap_se,
        "p_gap": ndtr((MEANINGFUL_GAP - found.gap) / se),
        "n": found.n,
        "flag": flags(found.n),
    }


def item_quality_table(exam: ExamData, exam_id: str, papers: Sequence[ItemData]) -> pd.DataFrame:
    """The `item_quality` table: every item in every unit of every level."""
    blocks = [block for items in papers for block in _item_blocks(exam, items)]
    return stack("item_quality", exam_id, blocks, [block["n"] > 0 for block in blocks])


def _item_blocks(exam: ExamData, items: ItemData) -> Iterator[dict[str, Any]]:
    paper = Paper(exam, exam.column(items.subject), items.subject)
    rests, total = item_rest(items.marks), np.nansum(items.marks, axis=1)
    for i, row in enumerate(items.table.to_dict("records")):
        mark, full = items.marks[:, i], float(items.full[i])
        fixed = {
            name: row[name] for name in ("item", "order", "topic", "ability", "full_mark", "expected_rate")
        }
        fixed |= {"discrimination": rests[i], "upper_lower": upper_lower(mark, total, full)}
        rates = mastery(paper, mark / full)
        for by in exam.levels:
            found = rates(by)
            blank = paper.cells(by, ~np.isnan(mark)).mean(items.blank[:, i].astype(float))
            shown = np.where(found.n >= SMALL_HIDDEN, blank, np.nan)
            yield _mastery_block(found, by, items.subject) | fixed | {"blank_rate": shown}


def topics_table(exam: ExamData, exam_id: str, papers: Sequence[ItemData]) -> pd.DataFrame:
    """The `topics` table: score rates on the marks of each knowledge point and ability, every unit.

    A pupil's rate is over the items of the topic that the pupil answered or had to answer.
    """
    blocks = [block for items in papers for block in _topic_blocks(exam, items)]
    return stack("topics", exam_id, blocks, [block["n"] > 0 for block in blocks])


def _topic_blocks(exam: ExamData, items: ItemData) -> Iterator[dict[str, Any]]:
    paper = Paper(exam, exam.column(items.subject), items.subject)
    for kind in ("topic", "ability"):
        for name in filter(None, dict.fromkeys(items.table[kind])):
            of = (items.table[kind] == name).to_numpy()
            rates = mastery(paper, _topic_rate(items.marks[:, of], items.full[of]))
            fixed = {
                "kind": kind,
                "topic": name,
                "items": int(of.sum()),
                "marks": float(items.full[of].sum()),
            }
            for by in exam.levels:
                yield _mastery_block(rates(by), by, items.subject) | fixed


def _topic_rate(marks: Floats, full: Floats) -> Floats:
    """Marks won over marks to win of each pupil (m,)."""
    known = ~np.isnan(marks)
    possible = known @ full
    return np.where(
        possible > 0, np.where(known, marks, 0).sum(axis=1) / np.where(possible > 0, possible, 1), np.nan
    )
