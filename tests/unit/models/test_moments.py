"""Moments: one pass, merging, frames, and the same sums from every source."""

from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.errors import ModelError
from analysis.models import gather, nested
from analysis.models.gather import Columns
from analysis.models.moments import Frame, Moments

Floats = NDArray[np.float64]
COLUMNS = Columns("post", ["x1", "x2", "x3"], ["class", "school"])


def rows(seed: int = 0, n: int = 400) -> tuple[Floats, NDArray[np.int64], Floats]:
    rng = np.random.default_rng(seed)
    A = np.column_stack([np.ones(n), 500 + 30 * rng.standard_normal((n, 2)), rng.standard_normal(n)])
    return A, rng.integers(0, 7, n), rng.uniform(0.5, 2, n)


def data(n: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    mark = rng.integers(0, 151, n).astype(float)
    school, klass = rng.integers(0, 12, n), rng.integers(1, 4, n)
    post = 0.5 * mark + 5 * rng.standard_normal(12)[school] + 10 * rng.standard_normal(n)
    powers = {f"x{k}": mark**k for k in (1, 2, 3)}
    return pd.DataFrame({"school": [f"S{s:02}" for s in school], "class": klass, "post": post, **powers})


def close(a: Moments, b: Moments, tolerance: float = 1e-11) -> None:
    size = np.abs(b.within).max()
    np.testing.assert_allclose(a.within, b.within, atol=tolerance * size)
    np.testing.assert_allclose(a.sums, b.sums, atol=tolerance * np.abs(b.sums).max())
    np.testing.assert_allclose(a.weight, b.weight)
    np.testing.assert_array_equal(a.rows, b.rows)
    assert a.log_weight == pytest.approx(b.log_weight, abs=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_sums_and_cross_products_equal_their_definition(weighted: bool) -> None:
    A, leaf, w = rows()
    m = Moments.of(A, leaf, 8, w if weighted else None, frame=Frame.identity(4))
    w = w if weighted else np.ones(len(A))
    within = np.zeros((4, 4))
    for c in range(8):
        own = leaf == c
        np.testing.assert_allclose(m.sums[c], w[own] @ A[own])
        assert m.rows[c] == own.sum() and m.weight[c] == pytest.approx(w[own].sum())
        if own.any():
            centred = A[own] - np.average(A[own], axis=0, weights=w[own])
            within += centred.T @ (w[own, None] * centred)
    np.testing.assert_allclose(m.within, within, atol=1e-9 * np.abs(within).max())
    assert m.log_weight == pytest.approx(np.log(w).sum())


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 398), st.integers(1, 398))
def test_merging_parts_is_associative_and_equals_the_whole(seed: int, i: int, j: int) -> None:
    A, leaf, w = rows(seed)
    frame = Frame.of(A)
    cuts = sorted((i, j))
    a, b, c = (
        Moments.of(A[s], leaf[s], 7, w[s], frame=frame)
        for s in (slice(0, cuts[0]), slice(cuts[0], cuts[1]), slice(cuts[1], None))
    )
    whole = Moments.of(A, leaf, 7, w, frame=frame)
    close(a.merge(b).merge(c), whole)
    close(a.merge(b.merge(c)), whole)
    close(c.merge(a).merge(b), whole)


def test_merging_by_key_unites_leaf_sets_in_any_order() -> None:
    table = data()
    whole = gather.of_frame(table, COLUMNS)
    pick = np.where(table.school < "S04", 0, np.where(table.school > "S07", 1, 2))
    pick[::7] = 2  # the third part has a few pupils of every school
    a, b, c = (gather.of_frame(table[pick == k], COLUMNS, whole.frame) for k in range(3))
    for merged in (a.merge(b).merge(c), c.merge(a.merge(b)), b.merge(c).merge(a)):
        assert merged.keys is not None and merged.keys.equals(whole.keys)
        close(merged, whole)


def test_parts_that_do_not_belong_together_are_refused() -> None:
    A, leaf, _ = rows()
    m = Moments.of(A, leaf, 7, frame=Frame.identity(4))
    with pytest.raises(ModelError, match="two frames"):
        m.merge(Moments.of(A, leaf, 7))
    with pytest.raises(ModelError, match="cannot be matched"):
        m.merge(Moments.of(A, leaf, 8, frame=m.frame))
    with pytest.raises(ModelError, match="need a tree"):
        nested.fit(m)


def test_a_frame_keeps_the_digits_of_cubic_scores() -> None:
    """Marks of 600 ± 5, cubed: framed sums of 5,000 rows agree with extended precision to 1e-8."""
    rng = np.random.default_rng(2)
    mark = 600 + 5 * rng.standard_normal(5000)
    A = np.column_stack([np.ones(5000), mark, mark**2, mark**3, mark + rng.standard_normal(5000)])
    leaf = rng.integers(0, 10, 5000)
    frame = Frame.of(A)
    L = A.astype(np.longdouble)
    exact = (L - frame.shift) @ frame.map
    within = sum(
        (exact[leaf == c] - exact[leaf == c].mean(0)).T @ (exact[leaf == c] - exact[leaf == c].mean(0))
        for c in range(10)
    )
    got = Moments.of(A, leaf, 10, frame=frame).within
    raw = Moments.of(A, leaf, 10, frame=Frame.identity(5)).within
    assert np.linalg.cond(got[1:, 1:]) < 10 < 1e12 < np.linalg.cond(raw[1:, 1:])
    assert float(np.abs(got - within).max()) < 1e-8


def test_raw_gives_back_the_units_of_the_rows() -> None:
    A, leaf, w = rows()
    close(Moments.of(A, leaf, 7, w).raw(), Moments.of(A, leaf, 7, w, frame=Frame.identity(4)), 1e-12)


def test_a_head_with_a_constant_or_collinear_column_still_gives_an_invertible_map() -> None:
    A, _, _ = rows()
    A[:, 2] = 3.0
    assert np.linalg.cond(Frame.of(A).map) < 1e6
    A[:, 2] = 2 * A[:, 1]
    assert np.isfinite(np.linalg.inv(Frame.of(A).map)).all()
    assert np.isfinite(np.linalg.inv(Frame.of(A[:2]).map)).all()


def test_chunks_and_duckdb_give_the_fit_of_the_whole_frame(tmp_path: Path) -> None:
    table = data().assign(weight=np.random.default_rng(3).uniform(0, 2, 3000).round(1))  # some weights are 0
    table.to_parquet(tmp_path / "rows.parquet")
    columns = replace(COLUMNS, weight="weight")
    relation = duckdb.connect().read_parquet(str(tmp_path / "rows.parquet"))
    fits = [
        nested.fit(moments, names=columns.names)
        for moments in (
            gather.of_frame(table, columns),
            gather.of_chunks(
                (table.iloc[i : i + 170] for i in range(0, 3200, 170)), columns
            ),  # the last is empty
            gather.of_relation(relation, columns),
        )
    ]
    direct = nested.fit_rows(
        table.post,
        table[["x1", "x2", "x3"]],
        {k: table[k] for k in ("class", "school")},
        weights=table.weight,
    )
    for fit in fits:
        assert fit.levels == ("class", "school")
        assert fit.deviance == pytest.approx(direct.deviance, abs=1e-7)
        np.testing.assert_allclose(fit.beta, direct.beta, rtol=1e-6)
        for level in fit.levels:
            ours, expected = fit.effects[level], direct.effects[level]
            assert ours.units.equals(expected.units)
            np.testing.assert_allclose(ours.effect, expected.effect, rtol=1e-5, atol=1e-6)


def test_bad_values_are_refused_with_their_column_from_every_source() -> None:
    table = data(200)
    table.loc[3:5, "x2"] = np.nan
    relation = duckdb.from_df(table)
    for source in (
        lambda: gather.of_frame(table, COLUMNS),
        lambda: gather.of_chunks([table], COLUMNS),
        lambda: gather.of_relation(relation, COLUMNS),
    ):
        with pytest.raises(ModelError, match="'x2' has 3 missing"):
            source()
    with pytest.raises(ModelError, match="no rows"):
        gather.of_chunks([], COLUMNS)
    with pytest.raises(ModelError, match="no rows"):
        gather.of_relation(duckdb.from_df(data(10).iloc[:0]), COLUMNS)


def test_a_frame_points_one_way_whatever_the_signs_of_its_factor() -> None:
    """LAPACK may hand on R with any signs; draws of β are made in the frame, and must not turn with them."""
    A, _, _ = rows()
    assert (np.diag(Frame.of(A).map) > 0).all()
