"""`make bench`: every benchmark in turn. Each is a script of its own and says what it needs."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = {
    "bench_agreement.py": [],
    "bench_value_added.py": [],
    "bench_growth.py": ["9000"],
    "bench_intake.py": [],
    "bench_reports.py": ["params/demo.yaml"],
    "bench_memory.py": ["params/demo.yaml"],
    "sim_progress.py": [],
    "sim_demo.py": ["20"],
}


def main() -> int:
    """Number of benchmarks that failed."""
    failed = 0
    for script, words in SCRIPTS.items():
        print(f"== {script}", flush=True)
        failed += subprocess.run([sys.executable, HERE / script, *words], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
