"""Settings: every fault in one message, with key path and line."""

import re
from pathlib import Path

import pytest

from analysis import params, settings
from analysis.errors import SettingsError, UnknownName

GOOD = """\
city: {code: demo, name: 青禾市}
exams:
  - id: "2026-g9"
    title: 九年级模拟
    date: 2026-03-20
    grade: 9
    papers: {math: {full_mark: 120}}
    sheets: [{path: "*.xlsx"}]
"""


def faults(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        settings.parse(text.encode(), "city.yaml")
    return str(caught.value)


def test_a_good_file_gives_frozen_params() -> None:
    params = settings.parse(GOOD.encode(), "city.yaml")
    assert params.exam("2026-g9").papers["math"].full_mark == 120
    with pytest.raises(Exception, match="frozen"):
        params.city.name = "x"  # type: ignore[misc]


def test_an_unquoted_code_is_refused_with_the_cure() -> None:
    message = faults(GOOD.replace('"2026-g9"', "0701"))
    assert "line 3: exams.0.id" in message
    assert "put it in quotes" in message


def test_all_faults_come_in_one_message_with_their_lines() -> None:
    text = GOOD.replace("grade: 9", "grade: 19").replace("title: 九年级模拟", "titel: x") + "colour: red\n"
    message = faults(text)
    found = dict(re.findall(r"line (\d+): ([\w.]+):", message))
    assert found == {"6": "exams.0.grade", "4": "exams.0.titel", "9": "colour", "3": "exams.0.title"}


def test_a_key_given_twice_is_a_fault() -> None:
    assert "line 9: city is given twice" in faults(GOOD + "city: {code: b, name: c}\n")


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ("report_exam: nothing\n", "line 9: report_exam: nothing is not in the calendar"),
        (
            'schools:\n  - {code: "01", name: A}\n  - {code: "02", name: B, aliases: [A]}\n',
            "line 11: schools.1: school name A belongs to 01 and to 02",
        ),
        (
            'schools:\n  - {code: "01", name: A}\n  - {code: "01", name: B}\n',
            "school code given twice: 01",
        ),
        (
            'sectors: [市直]\nschools:\n  - {code: "01", name: A, sector: 民办}\n',
            "line 11: schools.0.sector: sector 民办 is not in sectors",
        ),
    ],
)
def test_references_must_point_somewhere(extra: str, says: str) -> None:
    assert says in faults(GOOD + extra)


def test_baselines_must_be_in_the_calendar_and_not_the_exam_itself() -> None:
    assert "line 9: exams.0.baselines: none is not in the calendar" in faults(
        GOOD + "    baselines: [none]\n"
    )
    assert "names itself" in faults(GOOD + '    baselines: ["2026-g9"]\n')


@pytest.mark.parametrize(
    ("grade", "day", "says"),
    [
        ("8", "2025-03-20", "not the cohort before"),
        ("9", "2025-11-05", "of one school year"),
        ("9", "2025-03-20", ""),
    ],
)
def test_the_exam_of_the_cohort_before_is_of_the_same_grade_and_another_year(
    grade: str, day: str, says: str
) -> None:
    other = GOOD[GOOD.index("  - id") :].replace("2026-g9", "other").replace("2026-03-20", day)
    other = other.replace("grade: 9", f"grade: {grade}")
    settings = GOOD + "    previous: other\n" + other
    assert not says or says in faults(settings)
    assert says or "previous" not in faults(settings + "extra: 1\n")


@pytest.mark.parametrize("day", ["2026-03-20", "2026-09-01"])
def test_a_baseline_is_earlier_than_its_exam(day: str) -> None:
    """So no exam can be, over others, its own baseline."""
    other = GOOD[GOOD.index("  - id") :].replace("2026-g9", "other").replace("2026-03-20", day)
    text = faults(GOOD + '    baselines: ["other"]\n' + other)
    assert "other is of" in text and "not earlier" in text


def test_a_day_that_does_not_exist_is_a_fault_with_its_line() -> None:
    assert "line 5: exams.0.date" in faults(GOOD.replace("2026-03-20", "2026-02-30"))


@pytest.mark.parametrize("content", [b"", b"- a\n", b"city: [", "城市: 青禾".encode("gbk")])
def test_what_is_no_settings_file_says_so(content: bytes) -> None:
    with pytest.raises(SettingsError):
        settings.parse(content, "city.yaml")


def test_a_missing_file_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Cannot read") as caught:
        settings.load(tmp_path / "none.yaml")
    assert "quality new" in caught.value.hint


def test_places_follow_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(settings.OUTPUTS_VARIABLE, raising=False)
    path = tmp_path / "params" / "city.yaml"
    path.parent.mkdir()
    path.write_text(GOOD + "data: ../sheets\n", encoding="utf-8")
    loaded = settings.load(path)
    assert loaded.home == tmp_path
    assert loaded.outputs == tmp_path / "outputs"
    assert loaded.data == tmp_path / "sheets"
    assert loaded.report_exam().id == "2026-g9"
    with pytest.raises(UnknownName, match="No exam x"):
        loaded.exam("x")


def test_every_setting_is_read_somewhere() -> None:
    """A key that nothing reads would be a promise that nobody keeps."""
    folder = Path(settings.__file__).parent
    read: set[str] = set()
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "params.py":
            read |= set(re.findall(r"\.(\w+)", text)) | set(re.findall(r"""["'](\w+)["']""", text))
    for path in folder.rglob("*.j2"):
        read |= set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    data = (folder.parents[1] / "params" / "measures.yaml").read_text(encoding="utf-8")
    read |= set(re.findall(r"\w+", data))
    models = [one for one in vars(params).values() if isinstance(one, type) and issubclass(one, params.Model)]
    assert len(models) > 10
    assert {
        f"{one.__name__}.{name}" for one in models for name in one.model_fields if name not in read
    } == set()
