"""`quality check`: read every sheet, write the list of problems, make no report."""

from pathlib import Path

from analysis.settings import load

from . import data, files


def check(settings_path: str | Path, outputs: Path | None = None) -> list[str]:
    """Read what is due, write `outputs/problems/<city>/problems.xlsx` and `.html`; a summary in lines."""
    from analysis import warehouse
    from analysis.intake import problems
    from analysis.tables import WAREHOUSE

    settings = load(settings_path, outputs)
    folder = settings.outputs / "problems" / settings.params.city.code
    with files.locked(settings.outputs):
        data.read_sheets(settings, settings.report_exam().id, lambda _: None)
        tables = warehouse.read_all(settings.warehouse, WAREHOUSE)
        made = problems.files(tables, settings.params.language)
        for name, content in made.items():
            files.write(folder / name, content)
    return [*problems.summary(tables, settings.params.language), *(str(folder / name) for name in made)]


def explain(settings_path: str | Path, sheet: Path) -> list[str]:
    """How one sheet was understood, in lines."""
    from analysis.intake.explain import explain as understood

    return understood(load(settings_path), sheet).splitlines()
