"""The rules of linking by names inside one class: names, names with lost letters, corrected rows, former names."""

import re

import pandas as pd

from analysis.intake.identity.by_number import same_start
from analysis.intake.identity.joining import (
    NONE,
    Linking,
    Question,
    compatible,
    join,
    place_key,
    weak_sightings,
)

LOST = re.compile(r"[?\ufffd□]")
"""What an encoding leaves of a letter that it does not have."""


def corrected_rows(state: Linking, seen: pd.DataFrame) -> None:
    """One name twice in a class of one sheet, and one of the rows says that it is the right one (以此为准)."""
    if not seen["stands"].any():
        return
    key = seen["exam"] + "|" + seen["source"].astype(str) + "|" + place_key(seen) + "/" + seen["name"]
    key = key.where((seen["name"] != NONE) & (place_key(seen) != NONE), NONE)
    one = seen["stands"].groupby(key).sum() == 1
    key = key.where(key.isin(set(one.index[one])), NONE)
    join(state, compatible(state, seen, key), "corrected")


def by_lost_letters(state: Linking, seen: pd.DataFrame) -> None:
    """A name in which an encoding left a question mark fits exactly one name of its class that nobody else has claimed."""
    lost = seen["name"].str.contains(LOST)
    if not lost.any():
        return
    place = place_key(seen)
    groups = place[place.isin(set(place[lost])) & (place != NONE)].groupby(place).groups
    keys = [NONE] * len(seen)
    for members in groups.values():
        _fit_lost(state, seen, [int(i) for i in members], keys)
    join(state, compatible(state, seen, pd.Series(keys, index=seen.index)), "lost_letter")


def _fit_lost(state: Linking, seen: pd.DataFrame, members: list[int], keys: list[str]) -> None:
    """Keys for the broken names of one class that fit one whole name each."""
    names = {i: str(seen["name"].iat[i]) for i in members}
    exams = {i: str(seen["exam"].iat[i]) for i in members}
    broken = [i for i in members if LOST.search(names[i])]
    for i in broken:
        pattern = re.compile("".join("." if LOST.match(c) else re.escape(c) for c in names[i]))
        own = {exams[j] for j in members if state.person[j] == state.person[i]}
        fits = {int(state.person[j]) for j in members if j not in broken and pattern.fullmatch(names[j])}
        fits -= {int(state.person[j]) for j in members if exams[j] in own}
        rivals = {int(state.person[j]) for j in broken if names[j] == names[i] and exams[j] in own}
        if len(fits) == 1 and len(rivals) == 1:
            keys[i] = f"lost {fits}"
            for j in members:
                if int(state.person[j]) in fits:
                    keys[j] = keys[i]


def by_name(state: Linking, seen: pd.DataFrame) -> None:
    """Name inside (school, cohort, class), where no sheet holds the name twice there."""
    if not (weak_sightings(seen) & (seen["name"] != NONE)).any():
        return
    place = place_key(seen)
    whole = (seen["name"] != NONE) & (place != NONE)
    key = (place + "/" + seen["name"]).where(whole, NONE)
    persons = pd.DataFrame(
        {"key": key, "exam": seen["exam"], "source": seen["source"], "person": state.person}
    )[whole]
    asked = {i for question in state.questions for i in question.sightings if question.code == "same_name"}
    in_sheet = persons.groupby(["key", "exam", "source"], sort=False)["person"].nunique()
    doubtful = set(in_sheet.index.get_level_values("key")[in_sheet.to_numpy() > 1])
    doubtful |= _against_damaged(seen, key)
    keys = compatible(state, seen, key.where(~key.isin(doubtful), NONE))
    join(state, keys, "name")
    numbered = (seen[["national", "pupil", "number", "exam_number"]] != NONE).any(axis=1).to_numpy()
    reach = seen["exam"].groupby(state.person).nunique()
    known = set(state.person[(~weak_sightings(seen)).to_numpy(bool)].tolist())
    in_doubt = key[key.isin(doubtful)]
    for members in in_doubt.groupby(in_doubt, sort=True).groups.values():
        exams = seen["exam"].loc[members].nunique()
        alone = [i for i in members if (reach[state.person[i]] < exams or not numbered[i]) and i not in asked]
        unknown = [
            i for i in alone if state.person[i] not in known
        ]  # the rows to look at: nothing else tells of them
        if alone:
            state.questions.append(Question("same_name", unknown or alone))


def _against_damaged(seen: pd.DataFrame, key: "pd.Series[str]") -> set[str]:
    """Keys under which a damaged 学籍号 meets a whole one that begins otherwise."""
    damaged = seen.loc[(seen["damaged"] != NONE) & (key != NONE), "damaged"]
    if damaged.empty:
        return set()
    bad = set()
    wholes = seen["national"].where(seen["national"] != NONE)[key.isin(set(key[damaged.index]))]
    known = {str(k): {str(v) for v in group.dropna()} for k, group in wholes.groupby(key)}
    for place, text in zip(key[damaged.index].tolist(), damaged.tolist(), strict=True):
        if any(not same_start(str(text), whole) for whole in known.get(place, ())):
            bad.add(place)
    return bad


def by_former_name(state: Linking, seen: pd.DataFrame) -> None:
    """曾用名: a sighting under the former name in the same (school, cohort, class)."""
    former = seen["former"] != NONE
    if not former.any():
        return
    place = place_key(seen) + "/"
    wanted = set((place + seen["former"])[former])
    key = (place + seen["name"]).where((place + seen["name"]).isin(wanted), NONE)
    key = key.mask(former, place + seen["former"])
    persons = pd.DataFrame(
        {"key": key, "exam": seen["exam"], "source": seen["source"], "person": state.person}
    )[key != NONE]
    in_sheet = persons.groupby(["key", "exam", "source"], sort=False)["person"].nunique()
    doubtful = set(in_sheet.index.get_level_values("key")[in_sheet.to_numpy() > 1])
    join(state, compatible(state, seen, key.where(~key.isin(doubtful), NONE)), "former_name")
