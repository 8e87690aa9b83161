"""Which rows are one pupil: rules in a fixed order, each of which only joins what no stronger rule keeps apart.

Symbols: a *sighting* is one pupil row as one exam sees it; a *person* is a set of sightings. Rules, strongest first:
the same row of the same sheet; 学籍号; a damaged 学籍号 with name and class; (school, 学号) with name; exam number
inside an exam; name inside (school, cohort, class) where unique; a former name told by a roster. What a person
confirmed or forbade in links.csv comes before all of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Labels = NDArray[np.int64]
NONE = ""
LASTING = 6
"""A 学号 of so many digits is taken for a lasting one."""
_ZEROS = re.compile(r"^0+(?=\d+$)")
LOST = re.compile(r"[?\ufffd□]")
"""What an encoding leaves of a letter that it does not have."""


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


def link(
    seen: pd.DataFrame, forced: Sequence[tuple[int, int]] = (), forbidden: Sequence[tuple[int, int]] = ()
) -> Linking:
    """Join sightings to persons.

    Parameters
    ----------
    seen : DataFrame (n rows)
        exam, source, subject (of the row, in long layouts), wide (bool: a row is a whole pupil), sheet_row (text key of file, sheet and row), row_text (all
        of the row), name, former, school, cohort, class_number, national, damaged, pupil, number, exam_number.
    forced, forbidden : pairs of sightings
        What links.csv says.
    """
    state = Linking(np.arange(len(seen), dtype=np.int64), ["single"] * len(seen), forbidden=set(forbidden))
    # A spreadsheet takes the zeros in front of a number away, in one sheet and not in the next.
    seen = seen.assign(number=_without_zeros(seen["number"]), exam_number=_without_zeros(seen["exam_number"]))
    for pair in forced:
        _join(state, _pair_keys(len(seen), pair), "confirmed", seen)
    _join(state, seen["sheet_row"].tolist(), "same_row", seen)
    _join(state, _repeat_keys(seen), "repeat", seen)
    _rows_of_long_sheets(state, seen)
    _by_whole_numbers(state, seen)
    _by_damaged(state, seen)
    _by_school_number(state, seen)
    _by_exam_number(state, seen)
    _corrected_rows(state, seen)
    _by_name(state, seen)
    _by_lost_letters(state, seen)
    _by_former_name(state, seen)
    return state


def _without_zeros(numbers: "pd.Series[str]") -> "pd.Series[str]":
    return numbers.str.replace(_ZEROS, "", regex=True)


def _pair_keys(n: int, pair: tuple[int, int]) -> list[str]:
    keys = [NONE] * n
    keys[pair[0]] = keys[pair[1]] = "pair"
    return keys


def _join(state: Linking, keys: Sequence[str], rule: str, seen: pd.DataFrame) -> None:
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


def _repeat_keys(seen: pd.DataFrame) -> list[str]:
    """Rows of one sheet that say exactly the same of somebody with a name or number."""
    named = (
        (seen["name"] != "")
        | (seen["national"] != "")
        | (seen["pupil"] != "")
        | (seen["number"] != "")
        | (seen["exam_number"] != "")
    )
    keys = seen["exam"] + "|" + seen["source"].astype(str) + "|" + seen["row_text"]
    return keys.where(named & seen["wide"], NONE).tolist()


def _rows_of_long_sheets(state: Linking, seen: pd.DataFrame) -> None:
    """Rows a pupil and subject: equal identity cells in one sheet are one pupil, unless a subject comes twice."""
    long = ~seen["wide"].to_numpy(bool)
    if not long.any():
        return
    said = ["national", "damaged", "pupil", "number", "exam_number", "school", "class", "name"]
    rows = seen[long]
    key = rows["exam"] + "|" + rows["source"].astype(str)
    for column in said:
        key = key + "|" + rows[column]
    numbered = (rows[["national", "pupil", "number", "exam_number"]] != NONE).any(axis=1)
    again = pd.DataFrame({"key": key, "subject": rows["subject"], "text": rows["row_text"]}).drop_duplicates()
    doubtful = set(again.loc[again.duplicated(["key", "subject"]), "key"]) & set(key[~numbered])
    keys = [NONE] * len(seen)
    for i, text in zip(rows.index.tolist(), key.tolist(), strict=True):
        keys[i] = NONE if text in doubtful else text
    _join(state, keys, "same_row", seen)
    for members in key[key.isin(doubtful)].groupby(key).groups.values():
        state.questions.append(Question("same_name", list(members)))


def _by_whole_numbers(state: Linking, seen: pd.DataFrame) -> None:
    """学籍号; and the id that the settings call `pupil`, inside a school where it repeats over schools."""
    _join(state, _single_in_sheet(state, seen, seen["national"]), "national_id", seen)
    pupil = seen["pupil"]
    if (pupil != NONE).any():
        if repeats_over_schools(seen):
            pupil = (seen["school"] + "/" + pupil).where(pupil != NONE, NONE)
        _join(state, _single_in_sheet(state, seen, pupil), "pupil_id", seen)


def repeats_over_schools(seen: pd.DataFrame) -> bool:
    """Whether the `pupil` numbers of an exam are numbers inside a school: over 2 % stand in several schools."""
    numbered = seen.loc[seen["pupil"] != NONE, ["exam", "pupil", "school"]].drop_duplicates()
    schools = numbered.groupby(["exam", "pupil"], sort=False).size()
    return bool(len(schools)) and float((schools > 1).mean()) > 0.02


def _single_in_sheet(state: Linking, seen: pd.DataFrame, number: pd.Series) -> list[str]:
    """The numbers as keys; a number repeated in one sheet by different rows is a key only with one and the same name."""
    keys = number.tolist()
    wide = seen["wide"].to_numpy() & (number != NONE).to_numpy()
    place = pd.DataFrame(
        {"exam": seen["exam"], "source": seen["source"], "key": number, "person": state.person}
    )[wide]
    twice = place.duplicated(["exam", "source", "key"], keep=False)
    for _, group in place[twice].groupby(["exam", "source", "key"], sort=False):
        sightings = group.index.tolist()
        names = {seen["name"].iat[i] for i in sightings}
        if group["person"].nunique() == 1 or (len(names) == 1 and NONE not in names):
            continue
        state.questions.append(
            Question("number_twice" if NONE in names else "number_names_differ", sightings)
        )
        for i in sightings:
            keys[i] = NONE
    return keys


def _column(seen: pd.DataFrame, name: str) -> list[str]:
    """A text column as a list."""
    return [str(value) for value in seen[name].tolist()]


def _by_damaged(state: Linking, seen: pd.DataFrame) -> None:
    """A 学籍号 whose last digits are gone, with the same name and class, if exactly one whole one fits."""
    damaged, national, names = (_column(seen, c) for c in ("damaged", "national", "name"))
    broken = [i for i, (text, name) in enumerate(zip(damaged, names, strict=True)) if text and name]
    if not broken:
        return
    schools, cohorts, classes, sources = (
        _column(seen, c) for c in ("school", "cohort", "class_number", "source")
    )
    groups: dict[tuple[str, str, str], list[int]] = {}
    for i, key in enumerate(zip(names, schools, cohorts, strict=True)):
        groups.setdefault(key, []).append(i)
    keys = [NONE] * len(seen)
    for i in broken:
        fits = [
            j for j in groups[names[i], schools[i], cohorts[i]]
            if same_start(damaged[i], national[j] or damaged[j]) and (classes[i] == classes[j] or not classes[i] or not classes[j])
        ]  # fmt: skip
        rivals = [j for j in fits if sources[j] == sources[i] and state.person[j] != state.person[i]]
        if len({national[j] for j in fits} - {NONE}) <= 1 and not rivals:
            for j in fits:
                keys[j] = keys[i] = keys[j] or keys[i] or f"damaged {i}"
    state.questions.append(Question("id_damaged", broken))
    _join(state, keys, "damaged_id", seen)


def same_start(a: str, b: str) -> bool:
    """Whether two ids, damaged or whole, agree in the digits that both still have, cut off or rounded."""
    short, long = sorted((a, b), key=len)
    length, next_digit = len(short), long[len(short) : len(short) + 1]
    if length < 3:
        return False
    rounded = next_digit.isdigit() and next_digit >= "5" and short.isdigit() and long[:length].isdigit()
    return short == long[:length] or (rounded and int(short) == int(long[:length]) + 1)


def _by_school_number(state: Linking, seen: pd.DataFrame) -> None:
    """学号 inside a school, confirmed by the name; without any name only where nothing speaks against it."""
    has = (seen["number"] != NONE) & (seen["school"] != NONE)
    if not (has & _weak(seen)).any():
        return
    number = (seen["school"] + "/" + seen["number"]).where(has, NONE)
    base = pd.Series(_single_in_sheet(state, seen, number), index=seen.index)
    named = (base + "/" + seen["name"]).where((base != NONE) & (seen["name"] != NONE), NONE)
    _join(state, _compatible(state, seen, named), "school_number", seen)
    names = seen["name"].where(seen["name"] != NONE).groupby(base).nunique()
    nameless = {key for key, count in names.items() if count <= 1 and key != NONE}
    cohort = base + "/" + seen["cohort"].astype(str)
    _join(state, _compatible(state, seen, cohort.where(base.isin(nameless), NONE)), "school_number", seen)


def _weak(seen: pd.DataFrame) -> "pd.Series[bool]":
    """Sightings without a number for good: only they, and what they may belong to, need the weaker rules."""
    return (seen["national"] == NONE) & (seen["pupil"] == NONE)


def _by_exam_number(state: Linking, seen: pd.DataFrame) -> None:
    """An exam number inside its exam; where schools number for themselves, inside the school."""
    has = (seen["exam_number"] != NONE) & (seen["exam"] != NONE)
    weak = _weak(seen)
    if not (has & weak).any():
        return
    key = (seen["exam"] + "/" + seen["exam_number"]).where(has, NONE)
    schools = seen["school"].where(seen["school"] != NONE).groupby(key).nunique()
    several = {k for k, count in schools.items() if count > 1}
    key = (key + "@" + seen["school"]).where(key.isin(several), key).where(has, NONE)
    key = pd.Series(_single_in_sheet(state, seen, key), index=seen.index)
    names = seen["name"].where(seen["name"] != NONE).groupby(key).nunique()
    differ = {k for k, count in names.items() if count > 1 and k != NONE}
    for group in key[key.isin(set(key[weak & key.isin(differ)]))].groupby(key).groups.values():
        state.questions.append(Question("number_names_differ", list(group)))
    _join(state, _compatible(state, seen, key.where(~key.isin(differ), NONE)), "exam_number", seen)


def _place_key(seen: pd.DataFrame) -> "pd.Series[str]":
    """School, cohort and class of each sighting; empty where one is unknown."""
    key = seen["school"] + "/" + seen["cohort"].astype(str) + "/" + seen["class_number"]
    return key.where((seen["school"] != NONE) & (seen["class_number"] != NONE), NONE)


def _corrected_rows(state: Linking, seen: pd.DataFrame) -> None:
    """One name twice in a class of one sheet, and one of the rows says that it is the right one (以此为准)."""
    if not seen["stands"].any():
        return
    key = seen["exam"] + "|" + seen["source"].astype(str) + "|" + _place_key(seen) + "/" + seen["name"]
    key = key.where((seen["name"] != NONE) & (_place_key(seen) != NONE), NONE)
    one = seen["stands"].groupby(key).sum() == 1
    key = key.where(key.isin(set(one.index[one])), NONE)
    _join(state, _compatible(state, seen, key), "corrected", seen)


def _by_lost_letters(state: Linking, seen: pd.DataFrame) -> None:
    """A name in which an encoding left a question mark fits exactly one name of its class that nobody else has claimed."""
    lost = seen["name"].str.contains(LOST)
    if not lost.any():
        return
    place = _place_key(seen)
    groups = place[place.isin(set(place[lost])) & (place != NONE)].groupby(place).groups
    keys = [NONE] * len(seen)
    for members in groups.values():
        _fit_lost(state, seen, [int(i) for i in members], keys)
    _join(state, _compatible(state, seen, pd.Series(keys, index=seen.index)), "lost_letter", seen)


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


def _by_name(state: Linking, seen: pd.DataFrame) -> None:
    """Name inside (school, cohort, class), where no sheet holds the name twice there."""
    if not (_weak(seen) & (seen["name"] != NONE)).any():
        return
    place = _place_key(seen)
    whole = (seen["name"] != NONE) & (place != NONE)
    key = (place + "/" + seen["name"]).where(whole, NONE)
    persons = pd.DataFrame(
        {"key": key, "exam": seen["exam"], "source": seen["source"], "person": state.person}
    )[whole]
    asked = {i for question in state.questions for i in question.sightings if question.code == "same_name"}
    in_sheet = persons.groupby(["key", "exam", "source"], sort=False)["person"].nunique()
    doubtful = set(in_sheet.index.get_level_values("key")[in_sheet.to_numpy() > 1])
    doubtful |= _against_damaged(seen, key)
    keys = _compatible(state, seen, key.where(~key.isin(doubtful), NONE))
    _join(state, keys, "name", seen)
    numbered = (seen[["national", "pupil", "number", "exam_number"]] != NONE).any(axis=1).to_numpy()
    reach = seen["exam"].groupby(state.person).nunique()
    known = set(state.person[(~_weak(seen)).to_numpy(bool)].tolist())
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


def _compatible(state: Linking, seen: pd.DataFrame, keys: "pd.Series[str]") -> list[str]:
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


def _by_former_name(state: Linking, seen: pd.DataFrame) -> None:
    """曾用名: a sighting under the former name in the same (school, cohort, class)."""
    former = seen["former"] != NONE
    if not former.any():
        return
    place = _place_key(seen) + "/"
    wanted = set((place + seen["former"])[former])
    key = (place + seen["name"]).where((place + seen["name"]).isin(wanted), NONE)
    key = key.mask(former, place + seen["former"])
    persons = pd.DataFrame(
        {"key": key, "exam": seen["exam"], "source": seen["source"], "person": state.person}
    )[key != NONE]
    in_sheet = persons.groupby(["key", "exam", "source"], sort=False)["person"].nunique()
    doubtful = set(in_sheet.index.get_level_values("key")[in_sheet.to_numpy() > 1])
    _join(state, _compatible(state, seen, key.where(~key.isin(doubtful), NONE)), "former_name", seen)
