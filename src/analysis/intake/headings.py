"""What a heading means: exact aliases after normalising, and the grammar subject + suffix. Never 'contains'."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from analysis.errors import SettingsError
from analysis.params import Params
from analysis.terms import TOTAL

_BLANKS = re.compile(r"[\s\u200b\ufeff]+")
_FULL = re.compile(
    r"^(?P<rest>.*?)[(\[【/]?(?:满分|总分|分值|max|maximum|outof)?[:=]?(?P<full>\d{1,3}(?:\.\d+)?)分?[)\]】]$|^(?P<rest2>.+?)满分[:=]?(?P<full2>\d{1,3})分?$"
)
_BARE_FULL = re.compile(r"^(?P<rest>\D+)(?P<full>[3-9]0|1\d0|[2-9]\d0|1000)分?$")
"""语文120, 总分480: a round number that can be a full mark, and no item's number."""
_SPELLED = re.compile(
    r"^\(?(?:满分|总分|分值|max|maximum|outof)[:=]?(?P<full>\d{1,3}(?:\.\d+)?)分?\)?$|^\((?P<bare>\d{1,3}(?:\.\d+)?)分?\)$"
)
_JOINTS = "()[]【】_-:/·.,、|"

SETTINGS_ROLES = {
    "pupil": "pupil", "name": "name", "school": "school", "class": "class", "sex": "sex", "sector": "sector",
    "subject": "subject", "mark": "mark", "state": "state", "total": "total", "teacher": "teacher",
    "weight": "weight", "cohort": "cohort", "ignore": "ignore", "number": "number", "exam_number": "exam_number",
    "item": "item", "track": "track", "township": "township", "remark": "remark", "full": "full",
    "national_id": "national_id", "grade": "grade", "since": "since", "until": "until", "topic": "topic",
    "ability": "ability", "expected": "expected", "status": "status",
}  # fmt: skip
"""Roles that a settings file may give to a heading."""


@lru_cache(maxsize=100_000)
def normal(text: str) -> str:
    """Full-width to half-width, all blanks out, lower case; a closing colon or asterisk dropped."""
    folded = _BLANKS.sub("", unicodedata.normalize("NFKC", text)).lower()
    return folded.rstrip(":*").lstrip("*")


@dataclass(frozen=True)
class Meaning:
    """Role of a column, and the subject, full mark and occasion (期中, 一模) that its heading names."""

    role: str
    subject: str = ""
    full: float | None = None
    occasion: str = ""


UNKNOWN = Meaning("unknown")
EARLIER = "earlier"
"""The occasion of what an earlier exam gave (上学期, 上次), and how such occasions begin: earlier_final is 上学期期末."""
_OF_EXAM = frozenset(
    ("mark", "total", "total_other", "rank", "level", "scaled", "part", "bonus", "state", "subtotal")
)
"""Roles of columns that hold something of one exam."""
_EMPTY_BRACKETS = re.compile(r"\(\)|\[\]|【】")


@cache
def words() -> Mapping[str, Any]:
    """headers.yaml, aliases normalised."""
    path = Path(__file__).with_name("headers.yaml")
    raw = yaml.safe_load(path.read_text("utf-8"))
    return {str(key): _folded(value) for key, value in raw.items()}


def _folded(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _folded(inner) for key, inner in value.items()}
    return tuple(normal(str(word)) for word in value)


@dataclass(frozen=True)
class Vocabulary:
    """The alias table for one sheet entry: built-in words, the city's subjects, the entry's own headings."""

    roles: Mapping[str, str]
    subjects: Mapping[str, str]
    suffixes: Mapping[str, str]
    overrides: Mapping[str, Meaning] = field(default_factory=dict)
    memory: dict[str, Meaning] = field(default_factory=dict)

    def meaning(self, heading: str) -> Meaning:
        """Role, subject and full mark of a heading as written."""
        found = self.memory.get(heading)
        if found is None:
            found = self.memory[heading] = self._meaning(normal(heading))
        return found

    def _meaning(self, key: str) -> Meaning:
        if not key:
            return Meaning("blank")
        if key in self.overrides:
            return self.overrides[key]
        return self._known(key) or self._with_full(key) or self._of_occasion(key) or UNKNOWN

    def _known(self, key: str) -> Meaning | None:
        if key in self.roles:
            return Meaning(self.roles[key])
        if key in self.subjects:
            return Meaning("mark", self.subjects[key])
        return self._of_subject(key) or self._of_total(key)

    def _with_full(self, key: str) -> Meaning | None:
        found = _FULL.match(key)
        if not found:
            return self._with_bare_full(key)
        rest = (found["rest"] or found["rest2"] or "").strip(_JOINTS)
        known = self._known(rest) if rest else None
        return replace(known, full=float(found["full"] or found["full2"])) if known else None

    def _with_bare_full(self, key: str) -> Meaning | None:
        found = _BARE_FULL.match(key)
        known = self._known(found["rest"].strip(_JOINTS)) if found else None
        is_mark = known is not None and (known.role == "total" or (known.role == "mark" and known.subject))
        return replace(known, full=float(found["full"])) if known and found and is_mark else None

    def _of_subject(self, key: str) -> Meaning | None:
        """Subject name, then a suffix from the list."""
        for length in range(min(len(key) - 1, 12), 0, -1):
            subject = self.subjects.get(key[:length].rstrip(_JOINTS))
            role = self.suffixes.get(_bare(key[length:])) if subject else None
            if subject and role:
                return Meaning("total_other" if role == "total" else role, subject)
        return None

    def _of_occasion(self, key: str) -> Meaning | None:
        """A known heading with an occasion before, behind or within: 期中语文, 语文(期中), 语文期中成绩."""
        for word, occasion in occasion_words().items():
            rest = _bare(_EMPTY_BRACKETS.sub("", key.replace(word, "", 1)))
            if word not in key or not rest:
                continue
            known = self._known(rest) or self._with_full(rest)
            if known and known.role in _OF_EXAM:
                return replace(known, occasion=occasion)
        return None

    def _of_total(self, key: str) -> Meaning | None:
        """总分 with anything behind it in brackets is another total; with a rank behind it, a rank."""
        for word in ("总分", "总成绩", "合计", "总计"):
            if key.startswith(word) and len(key) > len(word):
                rest = key[len(word) :]
                role = self.suffixes.get(_bare(rest))
                if role == "mark":
                    return Meaning("total")
                if role in ("rank", "level"):
                    return Meaning(role)
                if rest[0] in "([【" and not _FULL.match(key):
                    return Meaning("total_other")
        return None

    def with_columns(self, columns: Mapping[str, str], codes: Iterable[str]) -> "Vocabulary":
        """The same with an entry's own headings: heading → role or subject code.

        Raises
        ------
        SettingsError
            A value that is neither.
        """
        known = set(codes) | set(self.subjects.values())
        extra = {normal(h): _declared(h, value, known) for h, value in columns.items() if h != "@row"}
        return replace(self, overrides={**self.overrides, **extra}, memory={})


@cache
def occasion_words() -> Mapping[str, str]:
    """Word → occasion, the longest words first."""
    table = {word: occasion for occasion, many in words()["occasions"].items() for word in many}
    return dict(sorted(table.items(), key=lambda pair: (-len(pair[0]), pair[0])))


def occasion_in(title: str) -> str:
    """The one occasion that a title names; empty where it names none or several. 上学期 in a title is the exam's own term."""
    key, found = normal(title), set[str]()
    for word, occasion in occasion_words().items():
        if word in key:
            found.add(occasion.removeprefix(EARLIER).removeprefix("_"))
            key = key.replace(word, " ")
    found.discard("")
    return found.pop() if len(found) == 1 else ""


def is_said(occasion: str, title: str) -> bool:
    """Whether a title has one of the words of an occasion."""
    key = normal(title)
    return any(word in key for word, known in occasion_words().items() if known == occasion)


def _declared(heading: str, value: str, codes: set[str]) -> Meaning:
    if value in codes:
        return Meaning("mark", value)
    if value in SETTINGS_ROLES:
        return Meaning(SETTINGS_ROLES[value])
    raise SettingsError(
        f"columns: {heading}: {value} is neither a role nor a subject code.",
        f"Roles: {', '.join(SETTINGS_ROLES)}. Subject codes: {', '.join(sorted(codes))}.",
    )


def _bare(text: str) -> str:
    return text.strip(_JOINTS)


def spelled_full_mark(text: str) -> float | None:
    """120 from '(120)', '满分120分', '(满分:120)'; None for anything else."""
    found = _SPELLED.match(normal(text))
    return float(found["full"] or found["bare"]) if found else None


def vocabulary(params: Params) -> Vocabulary:
    """The alias table of a city: the settings' subjects before the built-in ones."""
    table = words()
    codes = {code for exam in params.exams for code in exam.papers} | set(params.subjects)
    subjects = {alias: code for code, aliases in table["subjects"].items() for alias in (*aliases, code)}
    for code in codes:
        stock = table["subjects"].get(code) or _stock_of(code, subjects, table)
        own = params.subjects.get(code)
        names = (*stock, code, *((own.name, *own.aliases) if own else ()))
        subjects |= {normal(name): code for name in names}
        if own and (other := subjects.get(normal(own.name))) and other == code:
            subjects |= dict.fromkeys(table["subjects"].get(_stock_code(own.name, table), ()), code)
    roles = {alias: role for role, aliases in table["roles"].items() for alias in aliases}
    roles = {alias: role for alias, role in roles.items() if alias not in subjects}
    suffixes = {alias: role for role, aliases in table["suffixes"].items() for alias in aliases}
    return Vocabulary(roles, subjects, suffixes)


def _stock_code(name: str, table: Mapping[str, Any]) -> str:
    key = normal(name)
    return next((code for code, aliases in table["subjects"].items() if key in aliases), "")


def _stock_of(code: str, subjects: Mapping[str, str], table: Mapping[str, Any]) -> tuple[str, ...]:
    """Aliases of the built-in subject that goes by the settings' code, e.g. `maths` for `math`."""
    return tuple(table["subjects"].get(subjects.get(normal(code), ""), ()))


def subject_name(code: str, params: Params) -> str:
    """Name as printed: the settings', else the first built-in alias (Chinese) or its English name, else the code."""
    if code in params.subjects:
        return params.subjects[code].name
    if code == TOTAL:
        return "总分" if params.language == "zh" else "Total"
    names = words()["subjects" if params.language == "zh" else "english_names"].get(code, (code,))
    return str(names[0]).replace("_", " ").capitalize()
