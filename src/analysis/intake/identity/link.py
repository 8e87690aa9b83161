"""Which rows are one pupil: rules in a fixed order, each of which only joins what no stronger rule keeps apart.

Symbols: a *sighting* is one pupil row as one exam sees it; a *person* is a set of sightings. Rules, strongest first:
the same row of the same sheet; 学籍号; a damaged 学籍号 with name and class; (school, 学号) with name; exam number
inside an exam; name inside (school, cohort, class) where unique; a former name told by a roster. What a person
confirmed or forbade in links.csv comes before all of them.
"""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.intake.identity import by_name, by_number
from analysis.intake.identity.joining import NONE, Linking, Question, join

_ZEROS = re.compile(r"^0+(?=\d+$)")


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
        join(state, _pair_keys(len(seen), pair), "confirmed")
    join(state, seen["sheet_row"].tolist(), "same_row")
    join(state, _repeat_keys(seen), "repeat")
    _rows_of_long_sheets(state, seen)
    by_number.by_whole_numbers(state, seen)
    by_number.by_damaged(state, seen)
    by_number.by_school_number(state, seen)
    by_number.by_exam_number(state, seen)
    by_name.corrected_rows(state, seen)
    by_name.by_name(state, seen)
    by_name.by_lost_letters(state, seen)
    by_name.by_former_name(state, seen)
    return state


def _without_zeros(numbers: "pd.Series[str]") -> "pd.Series[str]":
    return numbers.str.replace(_ZEROS, "", regex=True)


def _pair_keys(n: int, pair: tuple[int, int]) -> list[str]:
    keys = [NONE] * n
    keys[pair[0]] = keys[pair[1]] = "pair"
    return keys


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
    join(state, keys, "same_row")
    for members in key[key.isin(doubtful)].groupby(key).groups.values():
        state.questions.append(Question("same_name", list(members)))
