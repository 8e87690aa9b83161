"""Damaged score sheets by the thousand: no crash, no hang, no silent loss. What is to be found:

    python benchmarks/fuzz_intake.py [FILES] [SEED]

Sound files of every kind are damaged as in tests/unit/intake/test_fuzz.py, which runs a few hundred of them; each is read
and must be refused, or its account must balance. A file on which neither holds is written beside the place of the call.
"""

import json
import random
import resource
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "unit" / "intake"))
import test_fuzz as fuzz


def cpu() -> float:
    """CPU seconds of this process and of those that read .xls."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def one(city: object, name: str, content: bytes, number: int) -> tuple[str, float]:
    """What became of one file, and its CPU seconds."""
    start = cpu()
    try:
        became = fuzz.survive(city, name, content)
    except Exception:
        traceback.print_exc()
        Path(f"fault_{number}_{name}").write_bytes(content)
        became = "FAULT"
    return f"{Path(name).suffix[1:]} {became}", cpu() - start


def main() -> int:
    """Number of files on which a promise was broken."""
    count, seed = int((sys.argv[1:] or [10_000])[0]), (sys.argv[2:] or ["1"])[0]
    luck, sound = random.Random(seed), fuzz.seeds()
    results, slowest = Counter[str](), (0.0, "", 0)
    with tempfile.TemporaryDirectory() as folder:
        city = fuzz.city_in(Path(folder))
        for number in range(count):
            name = list(sound)[number % len(sound)]
            became, seconds = one(city, name, fuzz.damaged(sound[name], luck), number)
            results[became] += 1
            slowest = max(slowest, (seconds, name, number))
            if number % 500 == 499:
                print(number + 1, dict(results), flush=True)
    peaks = [
        resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    told = {"files": count, "seed": seed, "results": dict(sorted(results.items())), "slowest, CPU s": slowest,
            "CPU s": cpu(), "peak MB, own and .xls reader": peaks}  # fmt: skip
    print(json.dumps(told, indent=1))
    return sum(n for became, n in results.items() if became.endswith("FAULT"))


if __name__ == "__main__":
    sys.exit(main() > 0)
