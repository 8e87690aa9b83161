"""Writes locale/*/measures.yaml of the report from params/measures.yaml: `python tests/shape/measure_words.py`.

A page knows only its dossier and the package, so the words of the measures are part of the package.
"""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
NOTE = {
    "zh": "# 由 params/measures.yaml 生成（tests/shape/measure_words.py），请改那里。\n",
    "en": "# Made from params/measures.yaml (tests/shape/measure_words.py); change it there.\n",
}


def content(language: str) -> dict[str, str]:
    """Key → text: owner.*, within.*, recheck.*, direction.* and measure.FINDING.NUMBER."""
    data: dict[str, Any] = yaml.safe_load((ROOT / "params/measures.yaml").read_text(encoding="utf-8"))
    codes = {
        f"{kind}.{code}": text[language]
        for kind, words in data["words"].items()
        for code, text in words.items()
    }
    return codes | {f"measure.{key}": measure[language] for key, measure in data["measures"].items()}


def target(language: str) -> Path:
    return ROOT / "src/analysis/report/locale" / language / "measures.yaml"


if __name__ == "__main__":
    for language, note in NOTE.items():
        body = yaml.safe_dump(content(language), allow_unicode=True, sort_keys=False, width=10000)
        target(language).write_text(note + body, encoding="utf-8")
