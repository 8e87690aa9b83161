"""Notebooks are thin, know real sections, run as they stand, and are served by JupyterLab."""

import ast
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*_report.ipynb"))


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def source(cell):
    return "".join(cell["source"])


def faults(path):
    """What is not thin about a notebook, in words."""
    code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
    found = [f"{cell['id']} holds outputs" for cell in code if cell["outputs"] or cell["execution_count"]]
    kept = [cell for cell in code if "parameters" in cell["metadata"].get("tags", [])]
    found += [] if len(kept) == 1 and kept[0] is code[0] else ["the first code cell must be the parameters"]
    imports = 0
    for cell in code:
        tree = ast.parse(source(cell))
        if cell in kept:
            found += [f"{cell['id']}: only name = text" for line in tree.body if not _is_name(line)]
            continue
        imports += sum(isinstance(line, ast.ImportFrom | ast.Import) for line in tree.body)
        calls = [line for line in tree.body if not isinstance(line, ast.ImportFrom)]
        found += [f"{cell['id']}: {len(calls)} statements, one call a cell"] if len(calls) != 1 else []
        found += [f"{cell['id']}: {_unfit(line)}" for line in tree.body if _unfit(line)]
    return found + ([] if imports == 1 else [f"{imports} imports, not one"])


def _is_name(line):
    plain = isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
    return plain and isinstance(line.value.value, str) and not re.search(r"[\\/]|\.\.", line.value.value)


def _unfit(line):
    """Why a statement does not belong into a thin notebook, or ''. Three shapes do, and nothing like them."""
    if isinstance(line, ast.ImportFrom):
        whole = line.level == 0 and [(name.name, name.asname) for name in line.names] == [
            ("open_report", None)
        ]
        return "" if whole and line.module == "analysis.report" else f"imports {line.module}"
    if not isinstance(line, ast.Expr | ast.Assign) or not isinstance(line.value, ast.Call):
        return type(line).__name__
    call = line.value
    if not all(isinstance(argument, ast.Constant | ast.Name) for argument in call.args) or call.keywords:
        return "computes an argument"
    called = ast.unparse(call.func)
    if isinstance(line, ast.Assign):
        opens = called == "open_report" and [ast.unparse(target) for target in line.targets] == ["report"]
        return "" if opens else f"calls {called}"
    return "" if called == "report.show" else f"calls {called}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_reports_are_thin(path):
    assert faults(path) == []


def test_there_is_one_notebook_for_each_kind_of_report():
    from analysis.report.sections import SECTIONS

    assert {path.stem.removesuffix("_report") for path in NOTEBOOKS} == set(SECTIONS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_section_is_shown_once_and_in_order(path):
    from analysis.report.sections import SECTIONS

    shown = re.findall(
        r'report\.show\("(\w+)"\)', "\n".join(source(c) for c in cells(path) if c["cell_type"] == "code")
    )
    assert shown == list(SECTIONS[path.stem.removesuffix("_report")])


@pytest.mark.parametrize(
    ("added", "words"),
    [
        ("x = 1 + 1", "BinOp|Assign"),
        ("def f():\n    pass", "FunctionDef"),
        ("for i in range(3):\n    report.show('start')", "For"),
        ("open('x')", "calls open"),
        ("import pandas as pd", "imports|Import"),
        ("report.show('a')\nreport.show('b')", "2 statements"),
        ("report.show('a' + 'b')", "computes an argument"),
        ("__import__('os').system('id').show('x')", "calls __import__"),
        ("(lambda: 1)().show('x')", "calls .lambda"),
        ("[report for _ in range(3)][0].show('start')", r"calls \[report for"),
        ("a, b = report.show('start')", "calls report.show"),
        ("report.show = open_report('x')", "calls open_report"),
        ("from analysis.report import open_report as show\nshow('x')", "imports analysis.report"),
        ("from analysis.report import *\nreport = open_report(dossier)", "imports analysis.report"),
        ("from analysis.report import json\nreport = open_report(dossier)", "imports analysis.report"),
    ],
)
def test_a_notebook_that_is_not_thin_is_refused(tmp_path, added, words):
    content = json.loads(NOTEBOOKS[0].read_text(encoding="utf-8"))
    content["cells"].append(
        {
            "cell_type": "code",
            "id": "added",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": [added],
        }
    )
    path = tmp_path / "x_report.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert re.search(words, "; ".join(faults(path)))


def test_paths_are_no_parameters(tmp_path):
    content = json.loads(NOTEBOOKS[0].read_text(encoding="utf-8"))
    kept = next(cell for cell in content["cells"] if "parameters" in cell["metadata"].get("tags", []))
    kept["source"] = ['dossier = "../outputs/x.json"\nlanguage = ""']
    path = tmp_path / "x_report.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert faults(path)


@pytest.fixture(scope="module")
def demo_outputs(tmp_path_factory):
    """An outputs folder with dossiers called 'demo', made here: what lies in outputs/ may be of another day's code."""
    import dossiers

    folder = tmp_path_factory.mktemp("outputs") / "dossiers"
    dossiers.write(folder, demo=dossiers.school())
    aliases = json.loads((folder / "aliases.json").read_text())
    dossiers.write(folder, demo=dossiers.city())
    aliases |= json.loads((folder / "aliases.json").read_text())
    (folder / "aliases.json").write_text(json.dumps(aliases))
    return folder.parent


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_kernel_runs_the_notebook_as_it_stands(path, demo_outputs):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--nbval-lax",
            "--nbval-current-env",
            "-p",
            "no:cacheprovider",
            "-q",
            str(path),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "QUALITY_OUTPUTS": str(demo_outputs)},
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_jupyterlab_starts_and_serves_the_school_report(tmp_path):
    port = 18000 + os.getpid() % 2000
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"),
            *("--IdentityProvider.token=t", f"--ServerApp.root_dir={ROOT / 'notebooks'}"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "JUPYTER_RUNTIME_DIR": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path / "c")},
    )
    try:
        content = json.loads(
            _get(f"http://127.0.0.1:{port}/api/contents/school_report.ipynb?token=t", server)
        )
        assert content["type"] == "notebook"
        assert any("open_report" in cell["source"] for cell in content["content"]["cells"])
        assert "<html" in _get(f"http://127.0.0.1:{port}/lab?token=t", server).lower()
    finally:
        server.terminate()
        server.wait(30)


def _get(url, server):
    """The answer of a server that is still starting."""
    for _ in range(240):
        assert server.poll() is None, "JupyterLab ended"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"no answer from {url}")
