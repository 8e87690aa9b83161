"""The rules of linking by numbers: 学籍号 whole and damaged, 学号 inside a school, exam number inside an exam."""

import pandas as pd

from analysis.intake.identity.joining import NONE, Linking, Question, compatible, join, weak_sightings


def by_whole_numbers(state: Linking, seen: pd.DataFrame) -> None:
    """学籍号; and the id that the settings call `pupil`, inside a school where it repeats over schools."""
    join(state, _single_in_sheet(state, seen, seen["national"]), "national_id")
    pupil = seen["pupil"]
    if (pupil != NONE).any():
        if repeats_over_schools(seen):
            pupil = (seen["school"] + "/" + pupil).where(pupil != NONE, NONE)
        join(state, _single_in_sheet(state, seen, pupil), "pupil_id")


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


def by_damaged(state: Linking, seen: pd.DataFrame) -> None:
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
    join(state, keys, "damaged_id")


def same_start(a: str, b: str) -> bool:
    """Whether two ids, damaged or whole, agree in the digits that both still have, cut off or rounded."""
    short, long = sorted((a, b), key=len)
    length, next_digit = len(short), long[len(short) : len(short) + 1]
    if length < 3:
        return False
    rounded = next_digit.isdigit() and next_digit >= "5" and short.isdigit() and long[:length].isdigit()
    return short == long[:length] or (rounded and int(short) == int(long[:length]) + 1)


def by_school_number(state: Linking, seen: pd.DataFrame) -> None:
    """学号 inside a school, confirmed by the name; without any name only where nothing speaks against it."""
    has = (seen["number"] != NONE) & (seen["school"] != NONE)
    if not (has & weak_sightings(seen)).any():
        return
    number = (seen["school"] + "/" + seen["number"]).where(has, NONE)
    base = pd.Series(_single_in_sheet(state, seen, number), index=seen.index)
    named = (base + "/" + seen["name"]).where((base != NONE) & (seen["name"] != NONE), NONE)
    join(state, compatible(state, seen, named), "school_number")
    names = seen["name"].where(seen["name"] != NONE).groupby(base).nunique()
    nameless = {key for key, count in names.items() if count <= 1 and key != NONE}
    cohort = base + "/" + seen["cohort"].astype(str)
    join(state, compatible(state, seen, cohort.where(base.isin(nameless), NONE)), "school_number")


def by_exam_number(state: Linking, seen: pd.DataFrame) -> None:
    """An exam number inside its exam; where schools number for themselves, inside the school."""
    has = (seen["exam_number"] != NONE) & (seen["exam"] != NONE)
    weak = weak_sightings(seen)
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
    join(state, compatible(state, seen, key.where(~key.isin(differ), NONE)), "exam_number")
