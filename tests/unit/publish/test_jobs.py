"""What a report's job says to people: the command that makes it again, as it is typed in the project's root."""

from pathlib import Path

import pytest

from analysis import settings
from analysis.publish import jobs

SMALL = "city: {code: c, name: C}\ndata: .\nexams: [{id: e, title: E, date: 2026-03-18, grade: 9}]\n"
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("place", "said"),
    [("params/my.yaml", "params/my.yaml"), ("my.yaml", "my.yaml"), ("params/a b.yaml", '"params/a b.yaml"')],
)
def test_the_command_names_the_settings_from_the_root(tmp_path, monkeypatch, place, said):
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    path.write_text(SMALL, encoding="utf-8")
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    monkeypatch.chdir(path.parent)
    one = jobs.job(settings.load(path.name), "c/e", "school-0201", "", "zh")
    assert one.redo == f"quality report {said} --exam e --school 0201"
