"""The look back's figures carry their uncertainty."""

from types import SimpleNamespace

import pytest

from analysis.build import trust


def test_every_share_and_correlation_of_the_look_back_has_an_interval(monkeypatch) -> None:
    """Wilson by hand, 8 of 10: 0.490 … 0.943; Fisher, r = 0.5 in 28 schools: 0.156 … 0.736, freed of error each end over the attenuation 0.8."""
    found = SimpleNamespace(
        slope=1.0, slope_lo=0.8, slope_hi=1.2, n_schools=28, correlation=0.5, attenuation=0.8, disattenuated=0.625,
        survived=0.8, n_judged=10
    )  # fmt: skip
    monkeypatch.setattr(trust, "back_tested", lambda *_: found)
    monkeypatch.setattr(trust, "tier_survival", lambda *_: (0.8, 10))
    rows = {row["key"].split(":")[1]: row for row in trust._back_rows(None, [])}
    for key, ends in (
        ("correlation", (0.156, 0.736)),
        ("disattenuated", (0.195, 0.920)),
        ("survived", (0.490, 0.943)),
        ("tier_again", (0.490, 0.943)),
    ):
        assert (rows[key]["lo"], rows[key]["hi"]) == pytest.approx(ends, abs=5e-4), key
