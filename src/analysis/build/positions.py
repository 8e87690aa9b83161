"""Marks as a matrix of pupils by papers, and where each pupil stood in an exam."""

from collections.abc import Mapping, Sequence

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


def _places(among: Sequence[str] | pd.Series, values: pd.Series) -> Ints:
    """Where each value (n,) stands in a list, −1 for nowhere; every distinct one is looked up once."""
    codes, distinct = pd.factorize(values)
    places = pd.Index(among).get_indexer(pd.Index(distinct))
    return np.append(places, -1).astype(np.int64)[codes]


def positions(params: Params, scores: Frame) -> tuple[Floats, Floats, list[str], pd.Series]:
    """Positions (n, p) and total (n,) of all who sat an exam, its subjects, and its pupils; scores : its rows."""
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
    return position[:, :-1], position[:, -1], subjects, order


def _mean_known(position: Floats) -> Floats:
    """Mean (n,) of each row's known positions (n, k), NaN where there is none."""
    known = np.isfinite(position)
    mean = np.nansum(position, axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(known.any(axis=1), mean, np.nan)


def baseline_start(params: Params, tables: Mapping[str, Frame], baseline: str) -> tuple[pd.Series, Floats]:
    """Pupils of a baseline exam and their position on its total (n,)."""
    scores = tables["scores"]
    _, total, _, order = positions(params, scores[scores["exam"] == baseline])
    return order.reset_index(drop=True), total
