"""Where a report's numbers come from: the score sheets that hold its pupils, and one hash of what they hold.

The hash is of the records, not of the files: a sheet that is saved again with the same cells, its rows in another
order or its pupils under another key, gives the same one. The bytes of the files are in the manifest of the run.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

Tables = Mapping[str, pd.DataFrame]

RECORDS = {
    "enrolments": ["exam", "school", "class", "track", "status"],
    "scores": ["exam", "subject", "state", "score"],
    "items": ["exam", "subject", "item", "mark", "blank"],
}
"""Table → what of a pupil's rows counts."""


READ = (*RECORDS, "account")
"""Tables of the warehouse that origins are found in."""


@dataclass(frozen=True)
class Origin:
    """Names of score sheets in the order of reading, and a hash (16 hex digits) of the pupils' records."""

    sheets: tuple[str, ...]
    content: str


def origins(tables: Tables, exams: set[str]) -> dict[str, Origin]:
    """School code, or "" for the whole city, → its origin in the exams given.

    Parameters
    ----------
    tables : the warehouse
    """
    known = {name: rows[rows["exam"].isin(exams)] for name, rows in tables.items()}
    account = tables["account"]
    known["account"] = account[
        (account["exam"].isin(exams) | (account["exam"] == "")) & (account["kind"] != "skipped")
    ]
    pairs = known["enrolments"][["school", "pupil"]].drop_duplicates()
    content = _records(known).reindex(pairs["pupil"]).to_numpy(np.uint64)
    by_school = pd.Series(content).groupby(pairs["school"].to_numpy()).sum()
    sheets = _sheets(known)
    everything = tuple(dict.fromkeys(known["account"]["file"]))
    made = {"": Origin(everything, _hex(int(by_school.sum())))}
    for school, total in by_school.items():
        made[str(school)] = Origin(tuple(f for f in everything if school in sheets[f]), _hex(int(total)))
    return made


def _records(known: Tables) -> pd.Series:
    """Pupil → hash of all that is known of the pupil, in whatever order and under whatever name."""
    hashes = [
        pd.Series(
            pd.util.hash_pandas_object(known[name][columns], index=False).to_numpy(), known[name]["pupil"]
        )
        for name, columns in RECORDS.items()
    ]
    sums = pd.concat(hashes).groupby(level=0).sum()
    return pd.Series(pd.util.hash_array(sums.to_numpy(np.uint64)), sums.index)


def _sheets(known: Tables) -> dict[str, set[str]]:
    """File → schools that it holds; a sheet without pupils of its own (items, teachers) holds those of its exams."""
    account, enrolled = known["account"], known["enrolments"]
    at = ["exam", "pupil"]
    rows = pd.concat([known[name][[*at, "source"]] for name in ("enrolments", "scores")]).drop_duplicates()
    pairs = rows.merge(enrolled[[*at, "school"]], on=at)[["source", "school"]].drop_duplicates()
    files = dict(zip(account["source"], account["file"], strict=True))
    found: dict[str, set[str]] = {file: set() for file in account["file"]}
    for source, school in pairs.itertuples(index=False):
        if source in files:
            found[files[source]].add(school)
    others = account[account["kind"].isin(["items", "item_table", "teachers"])]
    for file, exam in zip(others["file"], others["exam"], strict=True):
        found[file] |= set(
            enrolled["school"] if not exam else enrolled.loc[enrolled["exam"] == exam, "school"]
        )
    return found


def _hex(total: int) -> str:
    return f"{total % 2**64:016x}"
