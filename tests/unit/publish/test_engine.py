"""The fork engine gives what papermill's stock engine gives, and survives what a cell can do to its process."""

import io
import re
import subprocess
import sys

import pytest

from analysis.publish import imports

imports.skip_slow_grammar()

import nbformat  # noqa: E402
import papermill  # noqa: E402
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook  # noqa: E402
from papermill.exceptions import PapermillExecutionError  # noqa: E402

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="forking is used on Linux only")

PROBE = [
    "import sys\nprint('a'); print('e', file=sys.stderr); print('b')",
    "1 + 1",
    "1 + 1;",
    "from IPython.display import *\nh = display(Markdown('x'), display_id='d')\nprint('mid')\ndisplay(HTML('<b>y</b>'))",
    "update_display(Markdown('new'), display_id='d')",
    "print(1); clear_output(wait=True); print(2)",
    "!echo hi",
    "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "%%capture caught\nprint(3)",
    "caught.stdout",
    "_",
    "In[2], Out[2]",
    "import pandas as pd\npd.DataFrame({'数': [1, 2]})",
    "import os, time; os.write(1, b'below Python\\n'); time.sleep(0.5)",  # a thread of the stock kernel hears it later
    "class Rich:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
    "        return {'text/plain': 'r', 'application/json': {'a': 1}}\nRich()",
    "class Html:\n    def _repr_html_(self):\n        return '<i>h</i>'\nHtml()",
    "display(Image(data=bytes.fromhex('89504e470d0a1a0a'), format='png'))",
    "import warnings; warnings.simplefilter('ignore'); warnings.warn('quiet')",
    "raise ValueError('期')",
    "'after'",
    "import subprocess, time; subprocess.run(['echo', 'sub']); time.sleep(0.5)",
    "input('q')",
    "get_ipython().execution_count",
    "Latex('$x$')",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1)); plt.plot([0, 1])",
]
MAY_FAIL = {18, 21}


def notebook(*sources, may_fail=()):
    cells = [new_code_cell(source, id=f"c{i}") for i, source in enumerate(sources)]
    for index in may_fail:
        cells[index].metadata["tags"] = ["raises-exception"]
    made = new_notebook(cells=cells)
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return made


def execute(made, folder, engine, **options):
    """(executed notebook, the exception that papermill raised or None)"""
    source, target = folder / "in.ipynb", folder / f"{engine}.ipynb"
    nbformat.write(made, source)
    fault = None
    try:
        papermill.execute_notebook(
            str(source), str(target), engine_name=engine, progress_bar=False, **options
        )
    except PapermillExecutionError as error:
        fault = error
    return nbformat.read(target, 4), fault


def comparable(cell):
    """A cell's outputs without the known and harmless differences.

    Two streams of one cell arrive at the stock engine in the order of its buffers, not of printing; a shell
    command sees a terminal there (line ends), a traceback is coloured and cut differently; addresses differ.
    """
    streams, others = {}, []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            streams[output.name] = streams.get(output.name, "") + output.text.replace("\r\n", "\n")
        elif output.output_type == "error":
            others.append((output.ename, output.evalue))
        else:
            others.append(re.sub(r" at 0x[0-9a-f]+", "", str(dict(output))))
    return streams, others


def test_outputs_equal_those_of_the_stock_engine(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # with it ipykernel leaves the file descriptors alone
    made = notebook(*PROBE, may_fail=MAY_FAIL)
    stock, _ = execute(made, tmp_path, None)
    fork, _ = execute(made, tmp_path, "fork")
    for expected, found in zip(stock.cells, fork.cells, strict=True):
        assert found.source == expected.source
        assert comparable(found) == comparable(expected), found.source
        assert found.get("execution_count") == expected.get("execution_count"), found.source
    assert fork.metadata.language_info == stock.metadata.language_info


def test_an_error_is_raised_and_marked_as_by_the_stock_engine(tmp_path):
    made = notebook("x = 1", "def f():\n    return 1 / 0\nprint('p')\nf()", "x")
    made.cells.insert(0, new_markdown_cell("# t", id="m"))
    stock, expected = execute(made, tmp_path, None)
    fork, found = execute(made, tmp_path, "fork")
    assert (found.cell_index, found.exec_count, found.ename, found.evalue) == (
        2,
        2,
        "ZeroDivisionError",
        "division by zero",
    )
    assert found.args[:5] == expected.args[:5]
    assert len(found.traceback) == len(expected.traceback)
    assert [comparable(cell) for cell in fork.cells] == [comparable(cell) for cell in stock.cells]
    state = [cell.metadata.papermill.status for cell in fork.cells if "papermill" in cell.metadata]
    assert state == [cell.metadata.papermill.status for cell in stock.cells if "papermill" in cell.metadata]


@linux_only
@pytest.mark.parametrize(
    ("source", "name", "words"),
    [
        ("import os; os.kill(os.getpid(), 11)", "DeadKernelError", "SIGSEGV"),
        ("import ctypes; ctypes.string_at(0)", "DeadKernelError", "SIGSEGV"),
        ("import os; os._exit(3)", "DeadKernelError", "exit code 3"),
        ("import os; os._exit(0)", "DeadKernelError", "exit code 0"),
        ("while True: pass", "CellTimeoutError", "more than 1 s"),
        ("import time; time.sleep(60)", "CellTimeoutError", "more than 1 s"),
        ("import signal; signal.signal(15, signal.SIG_IGN); signal.pthread_sigmask(0, range(1, 32))\nwhile True: pass",
         "CellTimeoutError", "more than 1 s"),
        ("kept = [bytearray(10_000_000) for _ in range(100)]", "MemoryError", ""),
    ],
)  # fmt: skip
def test_a_cell_that_kills_its_process_is_an_error_of_that_cell(tmp_path, source, name, words):
    made, fault = execute(
        notebook("'before'", source, "'never'"),
        tmp_path,
        "fork",
        execution_timeout=60 if name == "MemoryError" else 1,
        memory_limit_mb=300,
    )
    assert (fault.cell_index, fault.ename) == (1, name)
    assert words in fault.evalue
    by_id = {cell.id: cell for cell in made.cells}
    assert by_id["c0"].outputs[0].data["text/plain"] == "'before'"
    assert by_id["c1"].outputs[-1].ename == name
    assert by_id["c2"].outputs == [] and by_id["c2"].execution_count is None


@linux_only
def test_processes_that_a_notebook_leaves_behind_are_ended(tmp_path):
    source = "import os, time\nread, write = os.pipe()\nif os.fork() == 0:\n    time.sleep(600)\nos._exit(0)"
    _, fault = execute(notebook(source), tmp_path, "fork", execution_timeout=20)
    assert fault.ename == "DeadKernelError"


def test_a_notebook_leaves_nothing_behind_in_this_process(tmp_path):
    execute(notebook("import builtins; builtins.left = 1; left_here = 2"), tmp_path, "fork")
    import builtins

    assert not hasattr(builtins, "left")
    _, fault = execute(notebook("left_here"), tmp_path, "fork")
    assert fault.ename == "NameError"


def test_what_cells_print_is_copied_where_asked(tmp_path):
    out, err = io.StringIO(), io.StringIO()
    source = "import sys; print('o'); print('e', file=sys.stderr)"
    execute(notebook(source), tmp_path, "fork", stdout_file=out, stderr_file=err)
    assert (out.getvalue(), err.getvalue()) == ("o\n", "e\n")


def test_elsewhere_than_on_linux_the_stock_engine_runs(tmp_path, monkeypatch):
    from analysis.publish import engine

    monkeypatch.setattr(engine, "can_fork", lambda: False)
    made, fault = execute(notebook("import os; os.getppid()", "1/0"), tmp_path, "fork")
    assert fault.ename == "ZeroDivisionError"
    assert made.cells[1].outputs or made.cells[2].outputs


@linux_only
def test_the_papermill_command_finds_the_engine(tmp_path):
    source = tmp_path / "in.ipynb"
    made = notebook("x = 1", "x + 1")
    made.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(made, source)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "papermill",
            str(source),
            str(tmp_path / "out.ipynb"),
            "-p",
            "x",
            "41",
            "--engine",
            "fork",
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert nbformat.read(tmp_path / "out.ipynb", 4).cells[-1].outputs[0].data["text/plain"] == "42"
