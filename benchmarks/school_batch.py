"""A batch of school reports of one city, its dossiers repeated until there are enough: what the benchmarks make.

python benchmarks/school_batch.py params/demo.yaml FOLDER --reports 100 --workers 2
"""

import argparse
from pathlib import Path

from analysis.publish import imports, pool, render, state
from analysis.publish.jobs import job
from analysis.settings import Settings, load


def dossiers_of(settings: Settings) -> list[str]:
    """Hashes of the school dossiers of the reported exam, as they lie in the outputs folder."""
    place = f"{settings.params.city.code}/{settings.report_exam().id}"
    names = state.read(settings.outputs).steps[f"{place}/dossiers"]["names"]
    return [dossier for name, dossier in names.items() if name != "city"]


def jobs(settings: Settings, folder: Path, count: int) -> list[render.Job]:
    """Reports to make into the folder, which gets a link to the dossiers."""
    schools = dossiers_of(settings)
    if not (folder / "dossiers").exists():
        (folder / "dossiers").symlink_to(settings.outputs / "dossiers")
    place = f"{settings.params.city.code}/{settings.report_exam().id}"
    made = []
    for i in range(count):
        one = job(settings, place, f"school-{i}", schools[i % len(schools)], settings.params.language)
        made.append(render.Job(**{**vars(one), "outputs": folder}))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("settings", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reports", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--accident", action="store_true", help="import what nobody needs, as stock Jupyter does"
    )
    options = parser.parse_args()
    if options.accident:
        imports.skip_slow_grammar = lambda: None
    batch = jobs(load(options.settings), options.folder, options.reports)
    render.warm(batch[0])

    def done(task: int, result: dict[str, object], seconds: float) -> None:
        if "files" not in result:
            raise SystemExit(str(result))

    pool.run(lambda task: render.render(batch[task]), len(batch), options.workers, done)


if __name__ == "__main__":
    main()
