"""From linked rows and chosen marks to the warehouse tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import warehouse
from analysis.intake import items, teachers
from analysis.intake.block import Block, City
from analysis.intake.headings import subject_name
from analysis.intake.identity import hashed, key
from analysis.intake.identity.joining import Linking
from analysis.intake.sightings import whereabouts
from analysis.params import Exam
from analysis.settings import Settings
from analysis.terms import TOTAL, State

Hashes = pd.api.extensions.ExtensionArray
"""Keyed hash of each person, indexed by person."""


@dataclass
class Whole:
    """All that laying out needs."""

    settings: Settings
    exams: Sequence[Exam]
    city: City
    blocks: Sequence[Block]
    seen: pd.DataFrame
    linked: Linking
    scores: pd.DataFrame
    roster_only: Sequence[tuple[int, str]]
    teachings: Sequence[teachers.Teaching]
    pupil_teachings: Sequence[teachers.PupilTeaching]
    told_items: Sequence[pd.DataFrame]
    starts: Sequence[int]


def tables(whole: Whole) -> dict[str, pd.DataFrame]:
    """All warehouse tables but `account` and `data_issues`."""
    codes = hashed.of_persons(whole.seen, whole.linked.person, whole.settings)
    enrolled = _enrolled(whole)
    ids: Hashes = pd.array(codes, dtype="str")
    present = pd.MultiIndex.from_frame(enrolled[["exam", "person"]])
    scores = whole.scores
    scores = (
        scores[pd.MultiIndex.from_frame(scores[["exam", "person"]]).isin(present)] if len(scores) else scores
    )
    out = {
        "exams": _exams(whole, scores),
        "papers": _papers(whole, scores),
        "schools": _schools(whole, enrolled),
        "pupils": _pupils(whole, enrolled, ids),
        "enrolments": enrolled.assign(pupil=ids.take(enrolled["person"].to_numpy(int)))[
            list(_names("enrolments"))
        ],
        "scores": scores.assign(pupil=ids.take(scores["person"].to_numpy(int)))[list(_names("scores"))],
        "links": _links(whole, ids),
    }
    out |= _items(whole, ids, present)
    out |= _teachings(whole, enrolled, ids)
    return {name: warehouse.conform(name, frame) for name, frame in out.items()}


def _names(table: str) -> list[str]:
    from analysis.tables import TABLES

    return TABLES[table].names


def _enrolled(whole: Whole) -> pd.DataFrame:
    """One row a pupil and exam: the first row that tells each thing."""
    seen = whole.seen.assign(person=whole.linked.person)
    sat = _certain(seen[(seen["kind"] == "marks") & (seen["exam"] != "")])
    if whole.roster_only:
        rows, exams = zip(*whole.roster_only, strict=True)
        sat = pd.concat([sat, seen.loc[list(rows)].assign(exam=list(exams))])
    if sat.empty:
        return pd.DataFrame(columns=[*_names("enrolments"), "person"])
    keys = ["exam", "person"]
    first = sat.drop_duplicates(keys).reset_index(drop=True)
    for column in ("school", "class", "track"):
        told = sat[sat[column] != ""].drop_duplicates(keys).set_index(keys)[column]
        first[column] = told.reindex(pd.MultiIndex.from_frame(first[keys])).fillna("").to_numpy()
    gone = sat[sat["status"] == "left"].set_index(keys).index
    first["status"] = np.where(pd.MultiIndex.from_frame(first[keys]).isin(gone), "left", "ok")
    _schools_differ(sat, whole)
    homeless = first["school"] == ""
    for exam, count in first[homeless].groupby("exam").size().items():
        block = next(b for b in whole.blocks if b.entry.exam_id == exam)
        whole.city.issues.add("no_school", block.place(), n=int(count))
    order = {exam.id: i for i, exam in enumerate(whole.settings.params.exams)}
    first = first[~homeless]
    return first.iloc[np.argsort(first["exam"].map(order).to_numpy(), kind="stable")].reset_index(drop=True)


def _certain(sat: pd.DataFrame) -> pd.DataFrame:
    """Without the strangers of item sheets: where score sheets cover a class, an item sheet adds nobody to it."""
    if not sat["secondary"].any():
        return sat
    second = sat["secondary"].to_numpy(bool)
    pupil, home = (
        pd.MultiIndex.from_frame(sat[["exam", *keys]]) for keys in (["person"], ["school", "class"])
    )
    return sat[~(second & ~pupil.isin(pupil[~second]) & home.isin(home[~second]))]


def _schools_differ(sat: pd.DataFrame, whole: Whole) -> None:
    told = sat[sat["school"] != ""].drop_duplicates(["exam", "person", "school"])
    for sighting in told.index[told.duplicated(["exam", "person"])].tolist():
        block, position = whereabouts(whole.seen, int(sighting), whole.blocks)
        whole.city.issues.add("two_schools", block.place(position), group="two_schools")


def _exams(whole: Whole, scores: pd.DataFrame) -> pd.DataFrame:
    """Exams; absences are known where the sheets or a roster tell of any."""
    explicit = set(
        scores.loc[scores["state"].isin([State.absent, State.left]) & (scores["subject"] != TOTAL), "exam"]
    )
    rows = [
        {"exam": e.id, "title": e.title, "date": e.date.isoformat(), "grade": e.grade, "kind": e.kind,
         "roster_known": e.id in explicit or any(b.entry.kind == "roster" and b.entry.exam in (None, e) for b in whole.blocks)}
        for e in whole.exams
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=_names("exams"))


def _papers(whole: Whole, scores: pd.DataFrame) -> pd.DataFrame:
    """Papers declared, or found where the settings declare none."""
    found = scores.loc[scores["subject"] != TOTAL, ["exam", "subject"]].drop_duplicates()
    told = {
        (b.entry.exam_id, subject): full for b in reversed(whole.blocks) for subject, full in b.fulls.items()
    }
    rows = []
    for exam in whole.exams:
        codes = list(exam.papers) or found.loc[found["exam"] == exam.id, "subject"].tolist()
        for order, code in enumerate(codes, 1):
            paper = exam.papers.get(code)
            full = paper.full_mark if paper else told.get((exam.id, code))
            rows.append({
                "exam": exam.id, "subject": code, "name": subject_name(code, whole.settings.params), "full_mark": full,
                "order": order, "in_total": paper.in_total if paper else True,
            })  # fmt: skip
    return pd.DataFrame(rows, columns=_names("papers"))


def _schools(whole: Whole, enrolled: pd.DataFrame) -> pd.DataFrame:
    """Schools of the settings, then those that only the sheets name."""
    params = whole.settings.params
    sectors = _sectors(whole)
    rows = [
        {"school": s.code, "name": s.name, "sector": s.sector or sectors.get(s.code, ""), "township": s.township,
         "official": s.official, "stage": s.stage}
        for s in params.schools
    ]  # fmt: skip
    known = {s.code for s in params.schools}
    for code in dict.fromkeys(enrolled["school"]):
        if code not in known:
            rows.append(
                {
                    "school": code,
                    "name": params.school_name(code),
                    "sector": sectors.get(code, ""),
                    "township": "",
                    "official": "",
                    "stage": "",
                }
            )
    return pd.DataFrame(rows, columns=_names("schools"))


def _sectors(whole: Whole) -> Mapping[str, str]:
    """Sector of each school as most rows have it."""
    seen = whole.seen
    told = seen[(seen["sector"] != "") & (seen["school"] != "")]
    if told.empty:
        return {}
    counts = told.groupby(["school", "sector"], sort=True).size().reset_index(name="n")
    best = counts.sort_values("n", ascending=False, kind="stable").drop_duplicates("school")
    return dict(zip(best["school"], best["sector"], strict=True))


def _pupils(whole: Whole, enrolled: pd.DataFrame, ids: Hashes) -> pd.DataFrame:
    """Pupils of all exams in the order of the sheets; sex and exclusion as first told."""
    people = pd.unique(enrolled["person"].to_numpy(int))
    seen = whole.seen.assign(person=whole.linked.person)
    columns: dict[str, Any] = {"pupil": ids.take(people)}
    for column in ("sex", "excluded"):
        told = seen[seen[column] != ""].drop_duplicates("person").set_index("person")[column]
        columns[column] = told.reindex(people).fillna("").to_numpy()
    return pd.DataFrame(columns, columns=_names("pupils"))


def _links(whole: Whole, ids: Hashes) -> pd.DataFrame:
    """Which row of which sheet is whose; name and number stand in the sheet and nowhere else."""
    seen = whole.seen
    made = pd.DataFrame({
        "pupil": ids.take(whole.linked.person) if len(ids) else [], "exam": seen["exam"], "school": seen["school"], "class": seen["class"],
        "rule": whole.linked.rule, "source": seen["source"], "row": seen["row"],
    })  # fmt: skip
    return made.drop_duplicates(["exam", "pupil", "source", "row"])


def _items(whole: Whole, ids: Hashes, present: pd.MultiIndex) -> dict[str, pd.DataFrame]:
    read = [
        (items.read(b, whole.city), start)
        for b, start in zip(whole.blocks, whole.starts, strict=True)
        if b.entry.kind == "items"
    ]
    usable = [(block, start) for block, start in read if block is not None]
    marks = items.table([b for b, _ in usable], [s for _, s in usable], whole.linked.person)
    items.compare(
        [b for b, _ in usable], [s for _, s in usable], whole.linked.person, whole.scores, whole.city
    )
    if len(marks):
        keys = pd.MultiIndex.from_frame(marks[["exam", "person"]])
        strangers = ~keys.isin(present)
        for exam, count in marks[strangers].groupby("exam")["person"].nunique().items():
            block = next(b for b, _ in usable if b.block.entry.exam_id == exam)
            whole.city.issues.add("items_without_pupil", block.block.place(), n=int(count))
        marks = marks[~strangers]
    told = [frame for frame in whole.told_items if len(frame)]
    given = pd.concat(told, ignore_index=True) if told else pd.DataFrame(columns=_names("item_table"))
    table = items.item_table([b for b, _ in usable], given, whole.city)
    marks = (
        marks.assign(pupil=ids.take(marks["person"].to_numpy(int)))[_names("items")]
        if len(marks)
        else warehouse.empty("items")
    )
    return {"items": marks, "item_table": table}


def _teachings(whole: Whole, enrolled: pd.DataFrame, ids: Hashes) -> dict[str, pd.DataFrame]:
    calendar = {exam.id: exam for exam in whole.settings.params.exams}
    secret = key.key_of(whole.settings.outputs, whole.settings.params.city.code)
    present = {
        str(exam): set(zip(group["school"], group["class"], strict=True))
        for exam, group in enrolled.groupby("exam", sort=False)
    }
    by_class = teachers.table(whole.teachings, present, calendar, whole.city)
    by_class["teacher"] = key.hashes(
        (f"teacher|{s}|{t}" for s, t in zip(by_class["school"], by_class["teacher"], strict=True)), secret
    )
    return {"teachings": by_class, "pupil_teachings": _pupil_teachings(whole, enrolled, ids, secret)}


def _pupil_teachings(whole: Whole, enrolled: pd.DataFrame, ids: Hashes, secret: bytes) -> pd.DataFrame:
    """Teachers of single pupils: the pupil by number inside the exam."""
    if not whole.pupil_teachings:
        return warehouse.empty("pupil_teachings")
    told = pd.DataFrame([vars(t) for t in whole.pupil_teachings]).rename(columns={"pupil": "number"})
    seen = whole.seen.assign(person=whole.linked.person)
    known = pd.concat([
        seen.loc[seen[c] != "", ["exam", "person", c]].rename(columns={c: "number"}) for c in ("national", "pupil", "number")
    ]).drop_duplicates(["exam", "number"])  # fmt: skip
    joined = told.merge(known, on=["exam", "number"], how="inner")
    home = enrolled[["exam", "person", "school"]]
    joined = joined.merge(home, on=["exam", "person"], how="inner")
    names = (f"teacher|{s}|{t}" for s, t in zip(joined["school"], joined["teacher"], strict=True))
    joined = joined.assign(pupil=ids.take(joined["person"].to_numpy(int)), teacher=key.hashes(names, secret))
    keys = ["exam", "pupil", "subject", "teacher"]
    summed = joined.groupby(keys, sort=False)["weight"].sum()
    return summed.reset_index()[[*keys, "weight"]]
