"""Marks as a matrix of pupils by papers, and where each pupil stood in an exam."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.measures.exam import NOT_LISTED, STATES
from analysis.measures.scores import SCALES, normal_scores, standard_scores
from analysis.params import Params
from analysis.terms import TOTAL

Frame = pd.DataFrame
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def wide(scores: Frame, pupils: pd.Series, subjects: list[str]) -> tuple[Floats, Ints]:
    """Marks and state codes (m, k) in the given order of pupils and subjects; a paper without a row: not listed."""
    rows, columns = _places(pupils, scores["pupil"]), _places(subjects, scores["subject"])
    kept = (rows >= 0) & (columns >= 0)
    at = rows[kept], columns[kept]
    mark = np.full((len(pupils), len(subjects)), np.nan)
    mark[at] = scores["score"].to_numpy(float)[kept]
    state = np.full(mark.shape, NOT_LISTED, np.int64)
    state[at] = _places([str(s) for s in STATES], scores["state"])[kept]
    return mark, state


def among(pupils: pd.Series, known: pd.Series) -> NDArray[np.bool_]:
    """Which pupils (n,) are among the known ones; `isin` looks at every known text again."""
    return np.asarray(pd.Index(known).get_indexer(pd.Index(pupils)) >= 0)


def _places(order: Sequence[str] | pd.Series, values: pd.Series) -> Ints:
    """Where each value (n,) stands in a list, −1 for nowhere; every distinct one is looked up once."""
    codes, distinct = pd.factorize(values)
    places = pd.Index(order).get_indexer(pd.Index(distinct))
    return np.append(places, -1).astype(np.int64)[codes]


@dataclass(frozen=True, eq=False)
class Stood:
    """Where all who sat an exam stood in it: position (n, p + 1) on its papers and, last, its total."""

    subjects: tuple[str, ...]
    pupils: pd.Series
    position: Floats

    @property
    def total(self) -> Floats:
        """Position on the total (n,)."""
        return self.position[:, -1]

    def of(self, pupils: pd.Series) -> Floats:
        """Positions (m, p + 1) of other pupils, NaN for who did not sit."""
        if not len(self.position):
            return np.full((len(pupils), len(self.subjects)), np.nan)
        at = pd.Index(self.pupils).get_indexer(pd.Index(pupils))
        return np.where((at >= 0)[:, None], self.position[at], np.nan)


Standings = Callable[[str], Stood]


def standings(params: Params, tables: Mapping[str, Frame]) -> Standings:
    """Id of an exam → where its pupils stood; each exam is worked out once."""
    scores = tables["scores"]
    return cache(lambda exam: positions(params, scores[scores["exam"] == exam]))


def positions(params: Params, scores: Frame) -> Stood:
    """Positions of all who sat an exam; scores : its rows."""
    order = scores["pupil"].drop_duplicates()
    subjects = [s for s in dict.fromkeys(scores["subject"]) if s != TOTAL]
    mark, _ = wide(scores, order, [*subjects, TOTAL])
    scale = SCALES[params.model.scale]
    position = np.empty_like(mark)
    for j, column in enumerate(mark.T):
        position[:, j] = scale(column, None)
    if not np.isfinite(mark[:, -1]).any():
        # no declared total: the mean position on the papers that a pupil sat, brought to sd 1 again
        again = normal_scores if params.model.scale == "normal" else standard_scores
        position[:, -1] = position[:, 0] if len(subjects) == 1 else again(_mean_known(position[:, :-1]))
    return Stood((*subjects, TOTAL), order.reset_index(drop=True), position)


def _mean_known(position: Floats) -> Floats:
    """Mean (n,) of each row's known positions (n, k), NaN where there is none."""
    known = np.isfinite(position)
    mean = np.nansum(position, axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(known.any(axis=1), mean, np.nan)
