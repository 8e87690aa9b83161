"""Memory over a long batch: private memory of the workers, resident memory of the parent; both must stay flat.

python benchmarks/bench_memory.py params/demo.yaml --reports 500
"""

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

from school_batch import jobs

from analysis.publish import pool, render, run
from analysis.settings import load


def resident_mb() -> float:
    """Resident memory of this process (its private memory depends on how many children share it just now)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("settings", type=Path)
    parser.add_argument("--reports", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--as-is", action="store_true", help="use the dossiers that are there")
    options = parser.parse_args()

    if not options.as_is:
        run.run(options.settings)
    with tempfile.TemporaryDirectory() as scratch:
        batch = jobs(load(options.settings), Path(scratch), options.reports)
        render.warm(batch[0])
        rows: list[tuple[float, float, float]] = []
        started = time.perf_counter()

        def done(task: int, result: dict[str, float], seconds: float) -> None:
            if "files" not in result:
                raise SystemExit(result)
            rows.append((result["memory_mb"], resident_mb(), result["cpu_seconds"]))

        pool.run(lambda task: render.render(batch[task]), len(batch), options.workers, done)
        wall = time.perf_counter() - started
    fifth = max(len(rows) // 5, 1)
    print(f"{'reports':>12} {'worker MB, median':>18} {'worker MB, most':>16} {'parent MB':>10} {'cpu s':>7}")
    for at in range(0, len(rows), fifth):
        part = rows[at : at + fifth]
        workers = [row[0] for row in part]
        cpu = statistics.median(row[2] for row in part)
        print(
            f"{at:5d} … {at + len(part):4d} {statistics.median(workers):18.1f} {max(workers):16.1f} "
            f"{part[-1][1]:10.1f} {cpu:7.3f}"
        )
    print(f"{wall / len(rows):.3f} s a report, {options.workers} workers")


if __name__ == "__main__":
    main()
