"""A batch of school reports, three ways, with the same notebook and the same dossiers.

(a) a shell loop of `papermill` and `jupyter nbconvert` in two streams;
(b) papermill's API with its stock engine and nbconvert's exporter, in two processes;
(c) this project: forked engine, pool, own page template.

Each with and without the import accident (a module that jsonschema imports and nobody needs; see
`analysis.publish.imports`). Ways alternate; medians of `--rounds`. The machine's seconds drift: the ratio is the
result. Processor seconds are given too, since they do not depend on what else the machine is doing.

    python benchmarks/bench_reports.py params/demo.yaml --few 4 --batch 40 --rounds 3
"""

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = "import sys; sys.modules.setdefault('rfc3987_syntax', None)\n"

IN_PROCESS = """
import sys
from pathlib import Path
import papermill
from nbconvert import HTMLExporter
notebook, folder, *dossiers = sys.argv[1:]
exporter = HTMLExporter(exclude_input=True)
for dossier in dossiers:
    given = {"dossier": dossier, "language": "zh"}
    made = papermill.execute_notebook(notebook, f"{folder}/{dossier}.ipynb", given, progress_bar=False)
    Path(f"{folder}/{dossier}.html").write_text(exporter.from_notebook_node(made)[0])
"""


def streams(commands: list[list[str]], environment: dict[str, str]) -> None:
    """Run commands at the same time; all must end well."""
    running = [
        subprocess.Popen(c, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for c in commands
    ]
    for process in running:
        _, err = process.communicate()
        if process.returncode:
            raise SystemExit(err.decode()[-2000:])


def timed(function: Callable[[], None]) -> tuple[float, float]:
    """(wall, processor) seconds of what a function's child processes do."""
    before, started = os.times(), time.perf_counter()
    function()
    after = os.times()
    return time.perf_counter() - started, sum(after[2:4]) - sum(before[2:4])


def shell_loop(notebook: Path, folder: Path, dossiers: list[str], environment: dict[str, str]) -> None:
    """(a): half of the reports in each of two shells."""
    python = shlex.quote(sys.executable)
    commands = []
    for part in (dossiers[::2], dossiers[1::2]):
        lines = [
            f"{python} -m papermill {notebook} {folder}/{d}.ipynb -p dossier {d} -p language zh --no-progress-bar && "
            f"{python} -m nbconvert --to html --no-input {folder}/{d}.ipynb"
            for d in part
        ]
        commands.append(["sh", "-e", "-c", "\n".join(lines)])
    streams(commands, environment)


def stock_engine(notebook: Path, folder: Path, dossiers: list[str], environment: dict[str, str]) -> None:
    """(b)"""
    parts = (dossiers[::2], dossiers[1::2])
    streams(
        [[sys.executable, "-c", IN_PROCESS, str(notebook), str(folder), *p] for p in parts if p], environment
    )


def ours(settings: Path, folder: Path, reports: int, accident: bool, environment: dict[str, str]) -> None:
    """(c), starting the interpreter and all imports included."""
    command = [sys.executable, str(ROOT / "benchmarks" / "school_batch.py"), str(settings), str(folder)]
    more = ["--reports", str(reports), *(["--accident"] if accident else [])]
    streams([[*command, *more]], environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("settings", type=Path)
    parser.add_argument("--few", type=int, default=4, help="reports a round of the slow ways")
    parser.add_argument("--batch", type=int, default=100, help="reports a round of this project")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--as-is", action="store_true", help="use the dossiers that are there")
    options = parser.parse_args()

    from school_batch import dossiers_of

    from analysis.publish import run
    from analysis.settings import load

    if not options.as_is:
        run.run(options.settings)
    settings = load(options.settings)
    schools = dossiers_of(settings)
    notebook = ROOT / "notebooks" / "school_report.ipynb"

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "block").mkdir()
        (folder / "block" / "sitecustomize.py").write_text(BLOCK)
        plain = {
            **os.environ,
            "OPENBLAS_NUM_THREADS": "1",
            "QUALITY_OUTPUTS": str(settings.outputs),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }
        blocked = {**plain, "PYTHONPATH": f"{folder / 'block'}{os.pathsep}{plain['PYTHONPATH']}"}
        few = schools[: options.few]
        ways: dict[str, tuple[int, Callable[[], None]]] = {
            "a  shell loop, two streams": (len(few), lambda: shell_loop(notebook, folder, few, plain)),
            "a' the same without the accident": (
                len(few),
                lambda: shell_loop(notebook, folder, few, blocked),
            ),
            "b  stock engine, two processes": (len(few), lambda: stock_engine(notebook, folder, few, plain)),
            "b' the same without the accident": (
                len(few),
                lambda: stock_engine(notebook, folder, few, blocked),
            ),
            "c  this project, with the accident": (
                options.batch,
                lambda: ours(options.settings, folder, options.batch, True, plain),
            ),
            "c' this project": (
                options.batch,
                lambda: ours(options.settings, folder, options.batch, False, plain),
            ),
        }
        found: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way, (n, function) in ways.items():
                wall, cpu = timed(function)
                found[way].append((wall / n, cpu / n))
    reference = statistics.median(wall for wall, _ in found["a' the same without the accident"])
    reference_cpu = statistics.median(cpu for _, cpu in found["a' the same without the accident"])
    print(f"{'way':38} {'reports':>7} {'wall s':>8} {'cpu s':>8} {'× a′ wall':>10} {'× a′ cpu':>9}")
    for way, seconds in found.items():
        wall, cpu = (statistics.median(values) for values in zip(*seconds, strict=True))
        print(
            f"{way:38} {ways[way][0]:7d} {wall:8.3f} {cpu:8.3f} {reference / wall:10.1f} {reference_cpu / cpu:9.1f}"
        )


if __name__ == "__main__":
    main()
