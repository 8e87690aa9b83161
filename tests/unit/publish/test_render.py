"""A report made by the fork engine is, byte for byte, the one that the stock engine makes where forking is not safe."""

import json
import sys
from pathlib import Path

import pytest

import dossiers
from analysis.publish import engine, render

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


def job(outputs, kind, engine_name):
    aliases = json.loads((outputs / "dossiers" / "aliases.json").read_bytes())
    return render.Job(
        name=kind,
        kind=kind,
        notebook=NOTEBOOKS / f"{kind}_report.ipynb",
        outputs=outputs,
        dossier=aliases[f"{kind}:demo"],
        language="zh",
        page=f"{engine_name}/{kind}.html",
        executed=f"{engine_name}/{kind}.ipynb",
        redo="",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="forking is used on Linux only")
@pytest.mark.parametrize("kind", ["school", "city"])
def test_both_engines_make_the_same_page_and_the_same_notebook(tmp_path, monkeypatch, kind):
    dossiers.write(tmp_path / "dossiers", demo=dossiers.school() if kind == "school" else dossiers.city())
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    render.load()
    forked = render.render(job(tmp_path, kind, "fork"))
    monkeypatch.setattr(engine, "can_fork", lambda: False)
    stock = render.render(job(tmp_path, kind, "stock"))
    assert "files" in forked and "files" in stock, (forked, stock)
    for ending in ("ipynb", "html"):
        one, other = ((tmp_path / way / f"{kind}.{ending}").read_text("utf-8") for way in ("fork", "stock"))
        assert one == other
    assert forked["code"] == stock["code"]
