"""The one way to import Jupyter: without the second or more that it wastes, and fit for a fork afterwards."""

import os
import sys

SLOW_GRAMMAR = "rfc3987_syntax"
"""jsonschema tries this module for one string format ("iri"), and importing it builds a whole parser: 1–4 s in
every process. Notebooks have no such field. `tests/unit/publish/test_imports.py` fails when jsonschema stops
doing so: then delete this."""

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def skip_slow_grammar() -> None:
    """Make `import rfc3987_syntax` fail at once, as if it were not installed; call it before jsonschema loads."""
    sys.modules.setdefault(SLOW_GRAMMAR, None)  # type: ignore[arg-type]


def one_thread_each() -> None:
    """One BLAS thread a process: workers are as many as cores, and a thread pool does not survive a fork."""
    for name in ONE_THREAD:
        os.environ[name] = "1"


def fixed_hashes() -> None:
    """What must be set before matplotlib and pandas load so that pictures come out the same each time."""
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
