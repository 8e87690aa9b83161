"""The generated pages of the manual are not behind the code."""

import pytest

from analysis import manual


@pytest.mark.parametrize("name", list(manual.PAGES))
def test_page_is_up_to_date(name: str) -> None:
    stored = (manual.DOCS / name).read_text(encoding="utf-8")
    assert stored == manual.PAGES[name](), "run `python -m analysis.manual`"


def test_every_settings_key_and_column_is_there() -> None:
    settings, tables = manual.settings_page(), manual.tables_page()
    for text in ("| hidden_below |", "| reliability_total |", "## Exam\n", "| previous |"):
        assert text in settings
    for text in ("## value_added\n", "## scores\n", "| p_weak |"):
        assert text in tables
