"""Keys, the state file, and the quick decision that nothing changed."""

import json
import os
import time

from analysis.publish import state


def test_a_key_depends_on_every_part_and_not_on_the_order_of_names():
    assert state.key({"a": 1, "b": 2}, "x") == state.key({"b": 2, "a": 1}, "x")
    assert len({state.key(1, 2), state.key(2, 1), state.key([1, 2]), state.key("1", "2")}) == 4


def test_the_state_comes_back_as_it_was_saved(tmp_path):
    known = state.State(tmp_path)
    known.steps["c/warehouse"] = {"key": "k"}
    known.save()
    known.note("c/e/city", {"status": "written", "key": "1", "files": {}})
    again = state.read(tmp_path)
    assert again.steps == known.steps and again.reports == known.reports
    again.save()
    assert not (tmp_path / "state.log").exists()
    assert state.read(tmp_path).reports == known.reports


def test_half_a_last_line_of_the_journal_is_ignored(tmp_path):
    known = state.State(tmp_path)
    known.note("a", {"key": "1"})
    with (tmp_path / "state.log").open("a") as journal:
        journal.write('["b", {"ke')
    assert state.read(tmp_path).reports == {"a": {"key": "1"}}


def test_a_broken_or_foreign_state_is_an_empty_one(tmp_path):
    for content in ("", "{", "[1]", json.dumps({"version": 99, "steps": {"x": {}}}), '{"version": 1}'):
        (tmp_path / "state.json").write_text(content)
        assert state.read(tmp_path).steps == {}


def test_a_state_edited_by_hand_is_an_empty_one(tmp_path):
    known = state.State(tmp_path, {"c/warehouse": {"key": "1"}}, {"c/e/city": {"key": "2", "files": {}}})
    known.save()
    assert state.read(tmp_path).steps == known.steps
    told = json.loads((tmp_path / "state.json").read_text())
    del told["reports"]["c/e/city"]["files"]
    (tmp_path / "state.json").write_text(json.dumps(told))
    assert state.read(tmp_path) == state.State(tmp_path)


def test_a_file_is_read_again_only_when_its_size_or_time_changed(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("one")
    old = time.time_ns() - 10**10
    os.utime(path, ns=(old, old))
    known = state.State(tmp_path)
    first = known.digest(path)
    known.seen[str(path)][2] = "kept"
    assert known.digest(path) == "kept"
    path.write_text("two")
    assert known.digest(path) not in ("kept", first)
    assert known.digest(tmp_path / "none") == ""


def test_a_file_changed_within_one_tick_of_its_clock_is_noticed(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("one")
    known = state.State(tmp_path)
    first, times = known.digest(path), path.stat().st_mtime_ns
    path.write_text("two")
    os.utime(path, ns=(times, times))
    assert known.digest(path) != first


def test_sheets_are_found_by_file_folder_and_glob_each_once(tmp_path):
    for name in ("a.csv", "b/c.csv", "b/d.xlsx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = state.sheet_files(tmp_path, ["a.csv", "b", "b/*.xlsx", "none.csv", "*.none"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.csv", "b/c.csv", "b/d.xlsx"]


def test_every_room_of_the_code_is_in_some_key():
    """A new room that no step names would change results without anything becoming stale."""
    named = {room.split("/", 1)[0] for rooms in state.ROOMS.values() for room in rooms}
    there = {
        path.name
        for path in state.PACKAGE.iterdir()
        if path.name != "__init__.py" and (path.suffix == ".py" or (path / "__init__.py").exists())
    }
    without_effect = {"cli.py", "errors.py", "manual.py", "publish", "explore.py", "explore"}
    assert there - named - without_effect == set()
    for step, rooms in state.ROOMS.items():
        assert state.code(step), step
        for room in rooms:
            assert (state.PACKAGE / room).exists(), room


def test_all_versions_are_known():
    for step in state.DISTRIBUTIONS:
        assert all(state.versions(step).values()), step


def test_nothing_known_is_not_fresh(tmp_path):
    settings = tmp_path / "params" / "x.yaml"
    settings.parent.mkdir()
    settings.write_text("city: {}")
    assert state.fresh(settings) == ""


def test_the_outputs_folder_is_the_one_that_the_settings_use(tmp_path, monkeypatch):
    from analysis.settings import home_of, outputs_of

    path = tmp_path / "params" / "x.yaml"
    for environment in ("", str(tmp_path / "else")):
        monkeypatch.setenv("QUALITY_OUTPUTS", environment)
        for given in (None, tmp_path / "given"):
            assert state.outputs_folder(path, given) == outputs_of(home_of(path), given)
            assert state.outputs_folder(tmp_path / "x.yaml", given) == outputs_of(
                home_of(tmp_path / "x.yaml"), given
            )
