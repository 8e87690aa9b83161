"""Who is missing: on the roster but in no sheet, in the other subjects' sheets but not in this one, zeros to ask about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intake import electives
from analysis.intake.block import Block, City
from analysis.intake.issues import Place
from analysis.intake.sightings import whereabouts
from analysis.params import Exam
from analysis.terms import TOTAL, State

LISTED = 4
"""So many missing pupils of one sheet are listed by their rows elsewhere."""
COVERED = 0.5
"""A sheet covers a class if at least that share of it stands there; only then is a missing pupil an absent one."""


@dataclass(frozen=True)
class Told:
    """What all sheets together have told so far.

    Attributes
    ----------
    seen : DataFrame
        Pupils' rows as in `sightings.frame`.
    person : int array over `seen`
        Who each row is.
    made : DataFrame
        The marks that stand: exam, person, subject, state, score, source, row, sighting.
    exams : mapping
        Exams of the settings by their name.
    """

    seen: pd.DataFrame
    person: NDArray[np.int64]
    made: pd.DataFrame
    blocks: Sequence[Block]
    exams: Mapping[str, Exam]
    city: City

    def place_of(self, sighting: int) -> Place:
        """Where a pupil's row is."""
        block, position = whereabouts(self.seen, sighting, self.blocks)
        return block.place(position)


def of_rosters(told: Told) -> list[tuple[int, str]]:
    """(sighting, exam) of roster rows whose pupil is in no mark sheet of an exam that the roster covers."""
    seen, person, made = told.seen, told.person, told.made
    roster = seen[(seen["kind"] == "roster") & (seen["status"] != "left")].assign(
        person=person[(seen["kind"] == "roster") & (seen["status"] != "left")]
    )
    if roster.empty or made.empty:
        return []
    out: list[tuple[int, str]] = []
    sitting = {str(exam): set(group) for exam, group in made.groupby("exam", sort=False)["person"]}
    for exam_id, present in sitting.items():
        rows = roster[roster["exam"].isin(["", exam_id])].drop_duplicates("person")
        if rows.empty:
            continue
        here = rows["person"].isin(present)
        grade = rows["class"].str[:-2]  # a roster of all grades covers in an exam only the grade that sat it
        share = here.groupby([rows["source"], rows["school"], grade]).transform("mean")
        missing = rows[~here & (share >= COVERED) & ~_sits_unlinked(rows, seen, person, exam_id)]
        out += [(int(i), exam_id) for i in missing.index]
        for sighting in missing.index.tolist():
            place = replace(told.place_of(int(sighting)), exam=exam_id)
            told.city.issues.add("not_in_exam", place, assumed=State.absent.value)
    return out


def _sits_unlinked(
    rows: pd.DataFrame, seen: pd.DataFrame, person: NDArray[np.int64], exam_id: str
) -> "pd.Series[bool]":
    """Roster rows under whose name and class somebody sat whom no rule could tell: they are asked about, not absent."""
    sat = seen[(seen["exam"] == exam_id) & ~np.isin(person, rows["person"])]
    place = ["school", "class_number", "name"]
    return pd.Series(
        pd.MultiIndex.from_frame(rows[place]).isin(pd.MultiIndex.from_frame(sat[place])), rows.index
    )


def roster_scores(missing: Sequence[tuple[int, str]], told: Told) -> pd.DataFrame:
    """Rows `absent` in every paper of the exam for pupils whom only the roster knows."""
    seen, person, made = told.seen, told.person, told.made
    if not missing:
        return made.iloc[:0]
    papers = {
        str(exam): list(pd.unique(group)) for exam, group in made.groupby("exam", sort=False)["subject"]
    }
    rows = [(exam, person[i], subject, State.absent.value, np.nan, seen["source"].iat[i], seen["row"].iat[i], i)
            for i, exam in missing for subject in papers[exam]]  # fmt: skip
    return pd.DataFrame(rows, columns=list(made.columns))


def of_subject_sheets(told: Told) -> pd.DataFrame:
    """Rows `absent` for pupils who stand in other subjects' sheets but not in the one that covers their class.

    An elective's sheet (exams with tracks) covers only those who have chosen it.
    """
    seen, made = told.seen, told.made
    single = {
        i
        for i, block in enumerate(told.blocks)
        if block.entry.kind == "marks" and len(block.marks) == 1 and not block.long
    }
    if not single or made.empty:
        return made.iloc[:0]
    own = made.assign(single=seen["block"].to_numpy()[made["sighting"].to_numpy(int)])
    own["single"] = own["single"].isin(single)
    alone = own.groupby(["exam", "subject"], sort=False, as_index=False)["single"].all()
    out = []
    place = _places(seen, told.person)
    for exam_id in pd.unique(own["exam"]):
        subjects = alone.loc[(alone["exam"] == exam_id) & alone["single"], "subject"].tolist()
        if len(subjects) < 2:
            continue
        rows = own[own["exam"] == exam_id]
        if told.exams[exam_id].track:
            unchosen = electives.electives(rows)
            subjects = [subject for subject in subjects if subject not in unchosen]
        people = pd.unique(rows["person"])
        home = _home(place, exam_id, people)
        papers = rows.groupby("person")["subject"].nunique().reindex(people)
        for subject in subjects:
            has = pd.Series(people, index=people).isin(rows.loc[rows["subject"] == subject, "person"])
            share = has.groupby([home["school"], home["class"]]).transform("mean")
            # Sheets of different pupils (each subject its own numbers) share nobody: then nobody is missing either.
            shared = (has & (papers > 1)).groupby([home["school"], home["class"]]).transform("sum")
            both = shared / has.groupby([home["school"], home["class"]]).transform("sum").clip(lower=1)
            missing = has.index[~has & (share >= COVERED) & (both >= COVERED)].to_numpy()
            if len(missing):
                out.append(_absent_rows(exam_id, subject, missing, rows, told))
    return pd.concat(out, ignore_index=True) if out else made.iloc[:0]


def of_papers(told: Told) -> None:
    """A question for every declared paper of which whole classes have no mark: its column may not have been known."""
    place = _places(told.seen, told.person)
    for exam_id, rows in told.made.groupby("exam", sort=False):
        exam = told.exams[str(exam_id)]
        first = rows.drop_duplicates("person").set_index("person")
        home = _home(place, str(exam_id), first.index)
        for subject in [s for s in exam.papers if not exam.track]:
            has = first.index.isin(rows.loc[rows["subject"] == subject, "person"])
            without = pd.Series(~has, first.index).groupby([home["school"], home["class"]]).transform("all")
            if without.all():  # nobody has it: said once
                whole = Place(str(exam_id), subject=subject)
                told.city.issues.add("paper_not_found", whole, n=len(first))
                continue
            for sighting in first.loc[without, "sighting"].tolist():
                block, _ = whereabouts(told.seen, int(sighting), told.blocks)
                strange = ", ".join(c.heading for c in block.table.of("unknown"))
                told.city.issues.add(
                    "paper_not_found", block.place(subject=subject), read=strange, group="paper"
                )


def _places(seen: pd.DataFrame, person: NDArray[np.int64]) -> pd.DataFrame:
    """School and class of each pupil in each exam, as first told."""
    frame = seen[["exam", "school", "class"]].assign(person=person)
    frame = frame[frame["school"] != ""].sort_values("class", key=lambda c: c == "", kind="stable")
    return frame.drop_duplicates(["exam", "person"]).set_index(["exam", "person"])


def _home(place: pd.DataFrame, exam: str, people: Any) -> pd.DataFrame:
    """School and class of these pupils in an exam; empty where no sheet tells."""
    return place.reindex(pd.MultiIndex.from_product([[exam], people])).fillna("").set_axis(people)


def _absent_rows(
    exam: str,
    subject: str,
    missing: NDArray[np.int64],
    rows: pd.DataFrame,
    told: Told,
) -> pd.DataFrame:
    first = rows.drop_duplicates("person").set_index("person").loc[missing]
    block, _ = whereabouts(told.seen, int(first["sighting"].to_numpy()[0]), told.blocks)
    sheet = next(
        (b for b in told.blocks if b.entry.exam_id == exam and any(m.subject == subject for m in b.marks)),
        block,
    )
    told.city.issues.add(
        "not_in_subject_sheet",
        sheet.place(subject=subject),
        read=_rows_of(first["sighting"].tolist(), told),
        assumed=State.absent.value,
        n=len(missing),
    )
    return pd.DataFrame({
        "exam": exam, "person": missing, "subject": subject, "state": State.absent.value, "score": np.nan,
        "source": first["source"].to_numpy(), "row": first["row"].to_numpy(), "sighting": first["sighting"].to_numpy(),
    })  # fmt: skip


def _rows_of(sightings: Sequence[int], told: Told) -> str:
    """Sheets and rows in which the first of these pupils stand, so that a person finds them."""
    places = [told.place_of(sighting) for sighting in sightings[:LISTED]]
    more = ["…"] if len(sightings) > LISTED else []
    return ", ".join([*(f"{place.sheet or place.file} {place.cell}" for place in places), *more])


def zeros(told: Told, told_zero: NDArray[np.bool_]) -> None:
    """Questions about zeros that may be absences: zero in every paper, or zero after a positive mark in the baseline."""
    made, exams = told.made, told.exams
    marked = {
        e.id
        for e in exams.values()
        if not e.papers or any(p.full_mark is not None for p in e.papers.values())
    }
    ok = made[(made["state"] == State.ok.value).to_numpy() & (made["subject"] != TOTAL).to_numpy()]
    zero = ok[(ok["score"] == 0).to_numpy()]
    zero = zero[zero["exam"].isin(marked).to_numpy(bool) & ~told_zero[zero["sighting"].to_numpy(int)]]
    own = ok[ok["person"].isin(zero["person"])]
    by_pupil = own.groupby(["exam", "person"], sort=False)["score"]
    whole = pd.DataFrame({"n": by_pupil.size(), "top": by_pupil.max()})
    empty = whole.index[(whole["n"] >= 2) & (whole["top"] == 0)]
    all_zero = pd.MultiIndex.from_frame(zero[["exam", "person"]]).isin(empty)
    _ask(zero[all_zero].drop_duplicates(["exam", "person"]), "all_zero", told)
    rest = zero[~all_zero]
    for exam in exams.values():
        here = rest[(rest["exam"] == exam.id).to_numpy()]
        before = own[(own["exam"].isin(exam.baselines) & (own["score"] > 0)).to_numpy()]
        known = pd.MultiIndex.from_frame(before[["person", "subject"]])
        _ask(
            here[pd.MultiIndex.from_frame(here[["person", "subject"]]).isin(known)],
            "zero_after_mark",
            told,
        )


def _ask(rows: pd.DataFrame, code: str, told: Told) -> None:
    """One issue a sheet and subject, with the first cell and the count."""
    for row in rows.to_dict("records"):
        block, position = whereabouts(told.seen, int(row["sighting"]), told.blocks)
        subject = "" if code == "all_zero" else row["subject"]
        column = next((m.column for m in block.marks if m.subject == row["subject"]), -1)
        place = block.place(position, column, subject)
        place = replace(place, school="", klass="")  # one row a sheet and subject
        told.city.issues.add(code, place, read="0", assumed="0", group=code)
