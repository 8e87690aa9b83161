"""Who sat, and who is gone."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.measures.test_table import city

from analysis.measures.exam import NOT_LISTED, STATES, grouping
from analysis.measures.participation import outflow_table, participation_table
from analysis.tables import TABLES
from analysis.terms import Level, State


def test_every_listed_pupil_is_counted_in_one_state() -> None:
    data = city()
    states = data.states.copy()
    for i, state in enumerate(STATES):
        if state != State.ok:
            data.scores[i, 0] = np.nan
            states[i, 0] = STATES.index(state)
    states[50, 0], data.scores[50, 0] = NOT_LISTED, np.nan
    data = replace(data, states=states)
    made = participation_table(data, "e")
    assert list(made.columns) == TABLES["participation"].names
    row = made[(made["level"] == "school") & (made["unit"] == "s0") & (made["subject"] == "maths")].iloc[0]
    states_counted = (
        row["sat"] + row[["absent", "cheat", "deferred", "exempt", "unscanned", "invalid", "blank"]].sum()
    )
    assert states_counted + 1 + 1 == 120  # one has left, one does not take the paper
    assert row["expected"] == 120 - 1 - 1 - 2  # less left, not listed, deferred and exempt
    assert row["rate"] == pytest.approx(row["sat"] / row["expected"])


def test_blank_roster_is_not_full_participation() -> None:
    made = participation_table(replace(city(), roster_known=False), "e")
    assert made[["expected", "rate", "rate_lo", "rate_hi"]].isna().all(axis=None)


def test_outflow_compares_the_gone_with_the_rest() -> None:
    rng = np.random.default_rng(1)
    m = 600
    school = np.arange(m) // 200
    came = rng.random(m) < 0.85
    prior = rng.normal(size=m) - np.where((school == 0) & ~came, 1.5, 0.0)
    made = outflow_table(
        "e", prior, came, np.arange(m) // 40, (grouping(Level.school, [f"s{s}" for s in school]),)
    )
    assert list(made.columns) == TABLES["outflow"].names
    first, *rest = made.itertuples()
    assert (first.start, first.gone) == (200, int((~came[:200]).sum()))
    assert first.hi < -0.5
    assert all(row.lo < 0 < row.hi for row in rest)
