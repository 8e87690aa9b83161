"""The units table: in which order, and under which name, schools are told."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from analysis.build.units import units_table
from analysis.measures.exam import grouping
from analysis.params import Params
from analysis.terms import Level

PARAMS = Params.model_validate(
    {
        "city": {"code": "c", "name": "C"},
        "language": "en",
        "schools": [{"code": "90", "name": "Ninety"}, {"code": "80", "name": "Eighty"}],
        "exams": [{"id": "e", "title": "E", "date": "2026-03-18", "grade": 9}],
    }
)


def schools(codes: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame({"school": codes}).assign(
        name=[PARAMS.school_name(code) for code in codes], sector="", township="", official=""
    )
    scores, start = np.ones((len(codes), 1)), np.zeros(len(codes))
    levels = (grouping(Level.school, np.array(codes, dtype=object)),)
    data = SimpleNamespace(scores=scores, expected=scores > 0, levels=levels, roster_known=True)
    return units_table(
        PARAMS, SimpleNamespace(data=data, frame=frame, start=start, exam=SimpleNamespace(id="e"))
    )


def test_schools_of_the_settings_first_then_codes_with_their_digits_as_numbers() -> None:
    found = schools(["10", "1", "b10", "80", "b9", "12", "2", "90", "North"])
    assert list(found["unit"]) == ["90", "80", "1", "2", "10", "12", "North", "b9", "b10"]


def test_a_school_without_a_name_is_called_by_its_number() -> None:
    assert list(schools(["7527", "90", "North"])["name"]) == ["Ninety", "School 7527", "North"]


def test_a_prior_band_has_the_same_pupils_in_every_table(built) -> None:
    """A pupil without a total once moved the limits of the bands of one table and not of the other."""
    added = built.results["value_added_bands"].query("subject == 'total' and flag != 'hidden'")
    moved = built.results["transitions"].query("level == 'school' and flag != 'hidden'")
    counted = moved.groupby(["unit", "band_from"])["n"].sum()
    pairs = [
        (row.n, counted[row.unit, row.band]) for row in added.itertuples() if (row.unit, row.band) in counted
    ]
    assert len(pairs) > 10 and all(one == other for one, other in pairs)
