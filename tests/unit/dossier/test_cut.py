"""What a report may show, and the one byte form of it."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis import dossier
from analysis.dossier import Origin, address, canonical, cut
from analysis.errors import UnknownName


def origins(built) -> dict[str, Origin]:
    return {code: Origin(("a.xlsx",), "0" * 16) for code in ("", *built.results["units"]["unit"])}


@pytest.fixture(scope="module")
def cuts(built) -> dict[str, bytes]:
    return cut(built.settings, built.exam, built.results, origins(built))


@cache
def read(content: bytes) -> dict:
    return json.loads(content)


def rows(content: bytes, table: str) -> list[dict]:
    found = read(content)["tables"][table]
    return [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]


def test_one_dossier_a_school_and_the_citys(built, cuts) -> None:
    schools = built.results["units"].query("level == 'school'")["unit"]
    assert list(cuts) == ["city", *(f"school-{code}" for code in schools)]


def test_no_other_schools_name_and_no_pupil(built, cuts) -> None:
    schools = built.results["units"].query("level == 'school'")
    known = {s.code: {s.name, *s.aliases} for s in built.settings.params.schools}
    pupils = set(built.tables["pupils"]["pupil"])
    for code in schools["unit"]:
        text = cuts[f"school-{code}"].decode()
        for other in set(schools["unit"]) - {code}:
            assert f'"{other}"' not in text and f'"{other}/' not in text
            assert not [name for name in known[other] - known[code] if name in text], (code, other)
        tokens = set(text.replace('"', " ").replace(",", " ").split())
        assert not tokens & pupils
    assert not set(cuts["city"].decode().replace('"', " ").replace(",", " ").split()) & pupils


def test_officials_stay_with_the_bureau(built, cuts) -> None:
    officials = {s.official for s in built.settings.params.schools if s.official}
    assert any(name in cuts["city"].decode() for name in officials)
    for key, content in cuts.items():
        assert key == "city" or not any(name in content.decode() for name in officials)


def test_a_school_sees_the_city_its_sector_and_itself(cuts) -> None:
    for row in rows(cuts["school-0201"], "value_added"):
        inside = row["level"] in ("school", "class", "teacher") and row["unit"].split("/")[0] == "0201"
        assert inside or row["level"] in ("city", "sector")
    assert any(row["level"] == "class" for row in rows(cuts["school-0201"], "value_added"))


def test_the_city_names_schools_but_shows_no_classes(cuts) -> None:
    found = rows(cuts["city"], "units")
    assert "青禾市第一初级中学" in {row["name"] for row in found}
    assert not {row["level"] for row in found} & {"class", "teacher"}
    assert read(cuts["city"])["meta"]["report"] == "city"


def test_a_school_of_an_earlier_exam_only_has_its_name_in_the_citys_dossier_alone(built) -> None:
    """Its pupils now sit elsewhere: it has no report, but the bureau reads of it."""
    made = dict(built.results)
    gone = made["outflow"].query("level == 'school'").head(1)
    known = built.settings.params.schools[-1]
    assert known.code not in set(made["units"]["unit"])
    made["outflow"] = pd.concat(
        [made["outflow"], gone.assign(unit="7527"), gone.assign(unit=known.code)], ignore_index=True
    )
    found = cut(built.settings, built.exam, made, origins(built))
    assert read(found["city"])["meta"]["elsewhere"] == {"7527": "学校 7527", known.code: known.name}
    assert "7527" not in found["school-0201"].decode()


def test_few_schools_hand_out_no_points(cuts) -> None:
    assert rows(cuts["school-0201"], "peer_points") == []


def test_many_schools_hand_out_sorted_nameless_values(built) -> None:
    """Fifteen other schools and more: values without a name, in order, without one's own."""
    made = dict(built.results)
    own = made["value_added"].query("level == 'school' and unit == '0201'")
    more = [
        own.assign(unit=f"x{i:02d}", effect=own["effect"] * 0 + (i * 7 % 20) / 20, flag="") for i in range(20)
    ]
    made["value_added"] = pd.concat([made["value_added"], *more], ignore_index=True)
    progress = rows(cut(built.settings, built.exam, made, origins(built))["school-0201"], "peers")
    values = [r["value"] for r in progress if r["measure"] == "progress" and r["subject"] == "total"]
    mine = own.query("subject == 'total'")["effect"].round(dossier.DECIMALS).item()
    assert len(values) >= 20 and values == sorted(values) and mine not in values


def test_same_input_same_bytes_and_another_order_of_keys(built, cuts) -> None:
    again = cut(built.settings, built.exam, built.results, origins(built))
    assert again == cuts
    assert canonical({"b": 1, "a": 2}, {"t": (["x"], [[1]])}) == canonical(
        {"a": 2, "b": 1}, {"t": (["x"], [[1]])}
    )


def test_numbers_have_six_decimals_and_missing_is_null(built) -> None:
    made = dict(built.results)
    added = made["value_added"].copy()
    place = added.index[(added["unit"] == "0201") & (added["subject"] == "total")][0]
    added.loc[place, ["effect", "lo", "hi"]] = [0.123456789, np.nan, -1e-12]
    made["value_added"] = added
    row = next(
        r
        for r in rows(cut(built.settings, built.exam, made, origins(built))["school-0201"], "value_added")
        if r["unit"] == "0201" and r["subject"] == "total"
    )
    assert (row["effect"], row["lo"]) == (0.123457, None)
    assert str(row["hi"]) == "0.0"


def test_a_table_is_a_line(cuts) -> None:
    lines = cuts["school-0201"].decode().splitlines()
    tables = [line for line in lines if line.startswith('"') and '"columns"' in line]
    assert len(tables) == len(read(cuts["school-0201"])["tables"])


def test_a_dossier_is_found_by_hash_and_by_alias(cuts, tmp_path) -> None:
    name = address(cuts["city"])
    (tmp_path / f"{name}.json").write_bytes(cuts["city"])
    (tmp_path / "aliases.json").write_text(json.dumps({"city:demo": name}), encoding="utf-8")
    assert dossier.read(tmp_path, name) == dossier.read(tmp_path, "city:demo") == read(cuts["city"])
    with pytest.raises(UnknownName):
        dossier.read(tmp_path, "school:none")


def test_a_school_is_told_of_each_subject_whether_its_classes_differ_and_of_no_other_rule_that_found_nothing(
    built, cuts
) -> None:
    judged = built.results["judgements"]
    spread = judged[(judged["judgement"] == "class_spread") & (judged["status"] == "clear")]
    assert len(spread)
    unit = spread["unit"].iloc[0]
    own = rows(cuts[f"school-{unit}"], "judgements")
    clear = {(row["judgement"], row["subject"]) for row in own if row["status"] == "clear"}
    assert clear == {("class_spread", subject) for subject in spread.query("unit == @unit")["subject"]}
    assert all(row["status"] != "clear" for row in rows(cuts["city"], "judgements"))
