"""Cut lines: reach rates, borderline counts, effective scores with hit and contribution rates.

t is a pupil's total, L the line on it, x the mark in one subject, s* the subject's effective score:

    reach      #{t ≥ L}/n
    s*         argmin_s |#{x ≥ s} − #{t ≥ L}|, the higher if tied  (head count), or  L/t̄₊ · x̄₊  (proportional),
               means over those with t ≥ L
    hit        #{t ≥ L, x ≥ s*}/#{x ≥ s*}        contribution  #{t ≥ L, x ≥ s*}/#{t ≥ L}
    borderline #{L − δ ≤ t < L} below and #{L ≤ t < L + δ} above; δ one SEM of the total, else a share of its full mark

Under head count #{x ≥ s*} = #{t ≥ L} but for ties, so that hit and contribution of the whole city agree.

Source: custom of Chinese exam offices (上线率, 有效分, 命中率, 贡献率), defined in docs/methods.md §2. SEM: Lord &
Novick (1968), Statistical Theories of Mental Test Scores, §7.4.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.measures.arrays import Bools, Floats, Ints
from analysis.measures.blocks import stack
from analysis.measures.exam import ExamData, Grouping
from analysis.measures.figures import Estimate, Paper, city_value, rate_of
from analysis.measures.participation import flags
from analysis.measures.rates import reached
from analysis.params import Line
from analysis.terms import SMALL_HIDDEN, TOTAL

Method = Literal["head_count", "proportional"]


def in_line(exam: ExamData, line: Line) -> Bools:
    """Pupils (m,) to whom a line applies: those with a total, of its track where it names one."""
    has = ~np.isnan(exam.scores[:, exam.column(TOTAL)])
    if line.track and exam.tracks is not None:
        has &= np.asarray(exam.tracks == line.track)
    return has


def borderline_width(exam: ExamData, sem: float = np.nan) -> float:
    """δ in marks on the total: its SEM where items exist, else the declared share of its full mark."""
    full = float(exam.full_marks[exam.column(TOTAL)])
    return full * exam.lines.borderline_total if np.isnan(sem) else sem


def lines_table(exam: ExamData, exam_id: str, lines: Sequence[Line], sem: float = np.nan) -> pd.DataFrame:
    """The `lines` table: reach rate and borderline counts of every unit for every line."""
    delta = borderline_width(exam, sem)
    paper = Paper(exam, exam.column(TOTAL), TOTAL)
    blocks = [_line(exam, paper, line, delta, by) for line in lines for by in exam.levels]
    return stack("lines", exam_id, blocks, [block["n"] > 0 for block in blocks])


def _line(exam: ExamData, paper: Paper, line: Line, delta: float, by: Grouping) -> dict[str, Any]:
    base, total = in_line(exam, line), paper.score
    over = reached(total, line.total)
    rate = rate_of(paper, np.where(base, over.astype(float), np.nan))
    here = rate(by)
    cells = paper.cells(by, base)

    def count(who: Bools) -> Ints:
        return np.bincount(cells.unit[who[cells.rows]], minlength=len(by.ids))

    shown = np.where(here.n >= SMALL_HIDDEN, 1.0, np.nan)
    return {
        "level": str(by.level),
        "unit": np.array(by.ids, object),
        "line": line.key,
        "name": line.name,
        "mark": line.total,
        "reached": count(over),
        "value": here.value * shown,
        "lo": here.lo * shown,
        "hi": here.hi * shown,
        "city": city_value(exam, rate),
        "below": count(~over & reached(total, line.total - delta)),
        "above": count(over & ~reached(total, line.total + delta)),
        "delta": delta,
        "n": here.n,
        "flag": flags(here.n),
    }


def effective_mark(total: Floats, x: Floats, line: float, method: Method) -> float:
    """有效分: the mark of a subject (x) that answers to a line on the total, among pupils with both; NaN if none.

    head_count: the mark s of x that minimises |#{x ≥ s} − #{total ≥ line}|, the higher if tied.
    proportional: line ÷ mean total of those over the line × their mean of x.
    """
    over = reached(total, line)
    if not over.any():
        return np.nan
    if method == "proportional":
        return float(line / total[over].mean() * x[over].mean())
    marks, counts = np.unique(x, return_counts=True)
    miss = np.abs(np.cumsum(counts[::-1]) - over.sum())  # from the highest mark down
    return float(marks[::-1][int(np.argmin(miss))])


def effective_table(exam: ExamData, exam_id: str, lines: Sequence[Line]) -> pd.DataFrame:
    """The `effective` table: effective scores, hit and contribution rates of every unit, line and paper."""
    papers = [Paper(exam, j, exam.subjects[j]) for j in exam.papers]
    blocks = [block for line in lines for paper in papers for block in _effective(exam, paper, line)]
    return stack("effective", exam_id, blocks, [block["n"] > 0 for block in blocks])


def _effective(exam: ExamData, paper: Paper, line: Line) -> list[dict[str, Any]]:
    """One paper under one line, all levels; nothing where nobody reached the line."""
    total, x = exam.scores[:, exam.column(TOTAL)], paper.score
    base = in_line(exam, line) & ~np.isnan(x)
    method = exam.lines.effective
    mark = effective_mark(total[base], x[base], line.total, method)
    if np.isnan(mark):
        return []
    over, single = reached(total, line.total), reached(x, mark)
    both = (over & single).astype(float)
    own = rate_of(paper, np.where(base, single.astype(float), np.nan))
    hit = rate_of(paper, np.where(base & single, both, np.nan))
    contribution = rate_of(paper, np.where(base & over, both, np.nan))
    fixed: dict[str, str | float] = {
        "line": line.key,
        "subject": paper.subject,
        "mark": mark,
        "method": method,
        "city_hit": city_value(exam, hit),
        "city_contribution": city_value(exam, contribution),
    }
    return [_rates(by, own(by), hit(by), contribution(by)) | fixed for by in exam.levels]


def _rates(by: Grouping, own: Estimate, hit: Estimate, contribution: Estimate) -> dict[str, Any]:
    """Columns of one level; rates on fewer than 11 pupils are missing."""
    block = {"level": str(by.level), "unit": np.array(by.ids, object), "n": own.n, "flag": flags(own.n)}
    block["own"] = np.where(own.n >= SMALL_HIDDEN, own.value, np.nan)
    for name, rate in (("hit", hit), ("contribution", contribution)):
        enough = np.where(rate.n >= SMALL_HIDDEN, 1.0, np.nan)
        block |= {name: rate.value * enough, f"{name}_lo": rate.lo * enough, f"{name}_hi": rate.hi * enough}
    return block
