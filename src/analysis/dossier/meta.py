"""What every report of an exam says of itself."""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pandas as pd

from analysis.measures.achievement import chance_imbalance
from analysis.params import Exam
from analysis.settings import Settings, rule_set
from analysis.terms import TOTAL

from .form import plain

_PACKAGES = (
    "jinja2",
    "nbconvert",
    "nbformat",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "seaborn",
    "statsmodels",
)

_NO_NUMBER = {"language", "report_exam", "data", "limits", "links"}
"""Settings that change no number: where things are, and what is made next."""


def meta_of(settings: Settings, exam_id: str, results: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What every report of the exam says of itself."""
    params, exam = settings.params, settings.exam(exam_id)
    papers = results["papers_quality"]
    names = {**{s: s for s in papers["subject"]}, **{c: s.name for c, s in params.subjects.items()}}
    marks = dict(zip(papers["subject"], plain(papers["full_mark"]), strict=True))
    baseline = next((b for b in exam.baselines), None)
    return {
        "city": {"code": params.city.code, "name": params.city.name, "bureau": params.city.bureau},
        "exam": _exam(exam),
        "baseline": _exam(settings.exam(baseline)) if baseline else None,
        "previous": _exam(settings.exam(exam.previous)) if exam.previous else None,
        "subjects": [
            {"code": s, "name": names[s] if s in params.subjects else "", "full_mark": marks[s]}
            for s in marks
            if s != TOTAL
        ],
        "total_full": marks.get(TOTAL),
        "lines": [{"key": line.key, "name": line.name, "total": line.total} for line in exam.lines],
        "indicator_lines": {
            k: getattr(params.indicators, k) for k in ("excellent", "good", "passing", "low")
        },
        "composites": [{"key": c.key, "name": c.name, "parts": dict(c.parts)} for c in params.composites],
        "thresholds": params.judgements.model_dump(mode="json"),
        "privacy": {"hidden_below": params.privacy.hidden_below, "note_below": params.privacy.note_below},
        "model": params.model.model_dump(mode="json"),
        "policy": _policy(settings, exam),
        "moves": _moves(results["transitions"]),
        "chance_imbalance": chance_imbalance(
            papers.loc[papers["subject"] != TOTAL, "reliability"].to_numpy(float)
        ),
        "one_class_schools": _flagged(results["fits"], "one_class_schools"),
        "n_schools": int((results["units"]["level"] == "school").sum()),
        "language": params.language,
        "provenance": {
            "settings": settings_code(settings, exam_id),
            "versions": {name: version(name) for name in _PACKAGES},
        },
        "issues": _issue_counts(results["issues_summary"]),
    }


def _flagged(fits: pd.DataFrame, flag: str) -> bool:
    """Whether the fit of some paper says so of itself."""
    notes = fits.loc[fits["term"] == "state", "note"].astype(str)
    return any(flag in note.split() for note in notes)


def _moves(transitions: pd.DataFrame) -> dict[str, float] | None:
    """Shares of the city's pupils who rose and who fell at least one prior band, in whole per cent; None without any."""
    city = transitions[(transitions["level"] == "city") & (transitions["n"] > 0)]
    step, total = city["band_to"] - city["band_from"], city["n"].sum()
    if not total:
        return None
    moved = {"up": city.loc[step > 0, "n"].sum(), "down": city.loc[step < 0, "n"].sum()}
    return {way: round(float(n / total), 2) for way, n in moved.items()}


def settings_code(settings: Settings, exam_id: str) -> str:
    """sha256 of the settings that the exam's numbers rest on: not of how their file is laid out, not of other exams."""
    rests_on = settings.rests_on(exam_id)
    content = settings.params.model_dump(mode="json", exclude=_NO_NUMBER)
    content["exams"] = [exam for exam in content["exams"] if exam["id"] in rests_on]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _policy(settings: Settings, exam: Exam) -> dict[str, Any]:
    """The rules of the exam's day with their sources, who lifted them, and under which document it was held."""
    params, rules = settings.params, rule_set(settings, exam)
    authority = None if exam.authority is None else exam.authority.model_dump(mode="json")
    known = None
    if rules is not None and rules["from"] is not None:
        sources = [{key: str(source[key]) for key in ("issuer", "document")} for source in rules["sources"]]
        known = {"name": rules["name"], "from": str(rules["from"]), "sources": sources}
    return {
        "mode": params.policy,
        "reason": params.policy_open_reason,
        "rules": known,
        "authority": authority,
    }


def _exam(exam: Exam) -> dict[str, Any]:
    return {
        "id": exam.id,
        "title": exam.title,
        "date": exam.date.isoformat(),
        "grade": exam.grade,
        "kind": exam.kind,
    }


def _issue_counts(summary: pd.DataFrame) -> dict[str, int]:
    """City-wide counts of data issues by severity."""
    city = summary[summary["level"] == "city"].groupby("severity")["n"].sum()
    return {severity: int(city.get(severity, 0)) for severity in ("error", "question", "note")}
