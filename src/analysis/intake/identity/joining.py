"""The state of linking, and how sightings that share a key become one person."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Labels = NDArray[np.int64]
NONE = ""
LASTING = 6
"""A 学号 of so many digits is taken for a lasting one."""


@dataclass
class Question:
    """Something about identity that a person should settle: code of issues.yaml and the sightings concerned."""

    code: str
    sightings: list[int]


@dataclass
class Linking:
    """The state of linking.

    Attributes
    ----------
    person : array (n,)
        Person of each sighting; equal numbers are one person.
    rule : list of str, length n
        The rule that first joined a sighting to another one; `single` if none did.
    """

    person: Labels
    rule: list[str]
    questions: list[Question] = field(default_factory=list)
    forbidden: set[tuple[int, int]] = field(default_factory=set)
    forced: list[tuple[int, int]] = field(default_factory=list)


def join(state: Linking, keys: Sequence[str], rule: str) -> None:
    """Join all sightings that share a key; empty keys join nothing; forbidden pairs stay apart."""
    codes, uniques = pd.factorize(np.asarray(keys, dtype=object))
    used = np.array([key != NONE for key in uniques], bool)
    chosen = np.flatnonzero(used[codes]) if len(uniques) else np.zeros(0, int)
    if not len(chosen):
        return
    persons, groups = state.person[chosen], codes[chosen]
    order = np.lexsort((persons, groups))
    first = np.ones(len(order), bool)
    first[1:] = groups[order][1:] != groups[order][:-1]
    differs = np.zeros(len(uniques), bool)
    changed = (~first[1:]) & (persons[order][1:] != persons[order][:-1])
    differs[groups[order][1:][changed]] = True
    moving = chosen[differs[groups]]
    if not len(moving):
        return
    if state.forbidden:
        moving = _without_forbidden(state, moving, codes)
    state.person = _components(state.person, moving, codes)
    for sighting in moving.tolist():
        if state.rule[sighting] in ("single", "same_row"):
            state.rule[sighting] = rule


def _without_forbidden(state: Linking, moving: Labels, codes: NDArray[np.intp]) -> Labels:
    """Sightings whose group holds no pair that a person has forbidden."""
    bad = set()
    for a, b in state.forbidden:
        for x in np.flatnonzero(state.person == state.person[a]).tolist():
            for y in np.flatnonzero(state.person == state.person[b]).tolist():
                if codes[x] == codes[y]:
                    bad.add(int(codes[x]))
    return np.array([m for m in moving.tolist() if int(codes[m]) not in bad], dtype=np.int64)


def _components(person: Labels, moving: Labels, codes: NDArray[np.intp]) -> Labels:
    """Persons after joining: connected components of the graph persons – keys; the smallest number stands."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n, k = int(person.max()) + 1, int(codes.max()) + 1
    edges = coo_matrix((np.ones(len(moving)), (person[moving], n + codes[moving])), shape=(n + k, n + k))
    _, component = connected_components(edges, directed=False)
    lowest = np.full(component.max() + 1, n + k, dtype=np.int64)
    np.minimum.at(lowest, component[:n], np.arange(n))
    return lowest[component[person]]


def compatible(state: Linking, seen: pd.DataFrame, keys: "pd.Series[str]") -> list[str]:
    """Keys less those that would join two whole 学籍号, two `pupil` ids or two long 学号."""
    out = keys.tolist()
    for strong in ("national", "pupil", "number"):
        has = (seen[strong] != NONE).to_numpy()
        if strong == "number":  # a short one is a seat, given anew each term
            has = (seen[strong].str.len() >= LASTING).to_numpy(bool)
        if not has.any():
            continue
        # A person's id counts for all of its sightings, also those of sheets that do not print it.
        ids = pd.Series(seen[strong].to_numpy()[has], index=state.person[has]).groupby(level=0).first()
        own = pd.Series(state.person).map(ids)
        counts = own.groupby(keys.to_numpy()).nunique()
        clash = {key for key, count in counts.items() if count > 1}
        if clash:
            out = [NONE if key in clash else key for key in out]
    return out


def weak_sightings(seen: pd.DataFrame) -> "pd.Series[bool]":
    """Sightings without a number for good: only they, and what they may belong to, need the weaker rules."""
    return (seen["national"] == NONE) & (seen["pupil"] == NONE)


def place_key(seen: pd.DataFrame) -> "pd.Series[str]":
    """School, cohort and class of each sighting; empty where one is unknown."""
    key = seen["school"] + "/" + seen["cohort"].astype(str) + "/" + seen["class_number"]
    return key.where((seen["school"] != NONE) & (seen["class_number"] != NONE), NONE)
