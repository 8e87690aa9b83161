"""Which papers of an exam with tracks (选科) a pupil has not chosen: nothing is missing there."""

import re
from collections.abc import Mapping

import pandas as pd

from analysis.intake.headings import normal
from analysis.params import Exam
from analysis.terms import State

COMPULSORY = 0.9
"""A paper that at least this share of those who sat have is no elective."""
_FILLERS = re.compile(r"首选|再选|选科|科目|方向|组合|[类组科]")
_CUTS = re.compile(r"[+＋,，、;/\\|()\[\]·.\-_:和]")
_MISSING = (State.blank.value, State.absent.value, State.left.value)


def taken(
    made: pd.DataFrame, seen: pd.DataFrame, exams: Mapping[str, Exam], subjects: Mapping[str, str]
) -> pd.DataFrame:
    """Scores without the empty cells and absences in papers that their pupils do not take.

    Who sat anything takes what is not empty. A told combination (物化生) rules out the others of its kind; a pupil who
    sat nothing takes of the electives only what the combination names, or what all classmates who sat take.

    Parameters
    ----------
    made : DataFrame
        exam, person, subject, state, score, sighting.
    subjects : mapping
        Normalised name of a subject → code.
    """
    gone = [
        index
        for exam_id, rows in made.groupby("exam", sort=False)
        if exams[str(exam_id)].track
        for index in _not_taken(rows, seen, subjects)
    ]
    return made.drop(index=gone) if gone else made


def _not_taken(rows: pd.DataFrame, seen: pd.DataFrame, subjects: Mapping[str, str]) -> list[int]:
    """Index of the rows of one exam whose paper is not the pupil's."""
    papers = set(rows["subject"])
    names = {name: code for name, code in subjects.items() if code in papers}
    own = rows["sighting"].map(seen["track"]).groupby(rows["person"]).max()
    chosen = {who: combination(str(text), names) for who, text in own.items()}
    of_size: dict[int, frozenset[str]] = {}
    for named in chosen.values():
        of_size[len(named)] = of_size.get(len(named), frozenset()) | named
    sat = set(rows.loc[rows["state"] == State.ok.value, "person"])
    elective, common, place = electives(rows), _common(rows, seen), _place(seen)
    out = []
    missing = rows[rows["state"].isin(_MISSING)]
    columns = (missing[name].tolist() for name in ("person", "subject", "state", "sighting"))
    for index, who, subject, state, sighting in zip(missing.index.tolist(), *columns, strict=True):
        if subject in of_size[len(chosen[who])] - chosen[who]:
            out.append(index)
        elif who in sat:
            if state == State.blank.value:
                out.append(index)
        elif subject in elective - chosen[who] - common.get(place[sighting], set()):
            out.append(index)
    return out


def combination(text: str, names: Mapping[str, str]) -> frozenset[str]:
    """Codes of the subjects that a combination names: 物化生, 物理+化学+生物, 历史类, 普通类(物、化、生)."""
    found: set[str] = set()
    for piece in _CUTS.split(_FILLERS.sub("", normal(text))):
        found |= _spelled(piece, names)
    return frozenset(found)


def _spelled(piece: str, names: Mapping[str, str]) -> set[str]:
    """Codes of names written one after the other, the longest first; empty where anything else stands between them."""
    found: set[str] = set()
    while piece:
        name = next((piece[:k] for k in range(len(piece), 0, -1) if piece[:k] in names), "")
        if not name:
            return set()
        found.add(names[name])
        piece = piece.removeprefix(name)
    return found


def electives(rows: pd.DataFrame) -> set[str]:
    """Papers of one exam that many of those who sat have no mark or state in."""
    sat = rows.loc[rows["state"] == State.ok.value, "person"].unique()
    held = rows[rows["person"].isin(sat) & (rows["state"] != State.blank.value)]
    share = held.groupby("subject")["person"].nunique() / max(len(sat), 1)
    return {str(subject) for subject, value in share.items() if value < COMPULSORY} | (
        set(rows["subject"]) - set(share.index)
    )


def _place(seen: pd.DataFrame) -> list[str]:
    """School and class of each sighting as one text."""
    return [f"{school}/{klass}" for school, klass in zip(seen["school"], seen["class"], strict=True)]


def _common(rows: pd.DataFrame, seen: pd.DataFrame) -> Mapping[str, set[str]]:
    """School and class → the papers in which all of the class who sat anything have a mark."""
    place = _place(seen)
    sitters: dict[str, set[int]] = {}
    held: dict[tuple[str, str], set[int]] = {}
    ok = rows[rows["state"] == State.ok.value]
    for who, subject, sighting in zip(ok["person"], ok["subject"], ok["sighting"], strict=True):
        sitters.setdefault(place[sighting], set()).add(who)
        held.setdefault((place[sighting], subject), set()).add(who)
    out: dict[str, set[str]] = {}
    for (klass, subject), pupils in held.items():
        if pupils == sitters[klass]:
            out.setdefault(klass, set()).add(subject)
    return out
