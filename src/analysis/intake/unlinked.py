"""Pupils of an exam whom nobody knows from the exams that it starts from."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intake.block import Block, City
from analysis.intake.issues import Place
from analysis.intake.sightings import cohort_of, whereabouts
from analysis.params import Exam

HARDLY_ANY = 0.1
"""Share of an exam's pupils who may be in an exam of another cohort: they stayed down, or chance numbers agree."""


def ask(
    seen: pd.DataFrame, person: NDArray[np.int64], exams: Sequence[Exam], blocks: Sequence[Block], city: City
) -> None:
    """One question (or, for a whole 学籍号, one note) a sheet and school, with the rows and the count; none where the
    baseline was not read at all, and one for the exam where its baseline is of another cohort.
    """
    rows = seen[["exam", "kind", "status", "national"]].assign(person=person)
    rows = rows[(rows["kind"] == "marks") & (rows["status"] != "left")]
    for exam in exams:
        before = set(rows.loc[rows["exam"].isin(exam.baselines), "person"])
        here = rows[rows["exam"] == exam.id].drop_duplicates("person")
        known = here["person"].isin(before)
        if not before:
            continue
        others = [one for one in map(city.params.exam, exam.baselines) if cohort_of(one) != cohort_of(exam)]
        if others and known.mean() < HARDLY_ANY:
            told = "; ".join(f"{one.id}: date {one.date}, grade {one.grade}" for one in (*others, exam))
            city.issues.add("baseline_of_others", Place(exam.id), read=told, n=int((~known).sum()))
            continue
        for sighting in here.index[~known].tolist():
            block, position = whereabouts(seen, int(sighting), blocks)
            place = block.place(position)
            # a whole 学籍号 that nobody had before is somebody new; without one it may be somebody known
            code = "new_here" if here.at[sighting, "national"] else "not_linked"
            city.issues.add(code, place)
