"""What the tables of unknown sheets have in common: which belong to one exam, which spellings to one school."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import PurePosixPath

from analysis.intake.headings import normal

_DATE = re.compile(r"(20\d\d)[年._-]?(1[0-2]|0?[1-9])(?!\d)(?:[月._-]?(3[01]|[12]\d|0?[1-9])(?!\d))?")
_COMPACT = re.compile(r"(?<!\d)(20\d\d)(1[0-2]|0[1-9])(3[01]|[12]\d|0[1-9])(?!\d)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(
    r"\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
    r"\.?[\s_-]*(20\d\d)(?!\d)",
    re.IGNORECASE,
)
_CODE = re.compile(r"[0-9A-Za-z_-]+")
WHOLE = "whole"
"""Code proposed for the only mark of a sheet that knows no subjects, a total."""
Coded = tuple[str, str, list[str], str]
"""A school as first settings propose it: code, name, other spellings, comment."""
_NUMERALS = re.compile(r"\d+|[一二三四五六七八九十百]+")
_FULL_NAME = re.compile(r"(?:中学|小学|学校|高中|初中)$")


@dataclass
class Seen:
    """One table: its file, what it holds (marks, items, roster, teachers), and what it tells of its exam.

    Attributes
    ----------
    date : tuple
        (year and month, day), empty where they are not told.
    highest, slips : dict
        Subject → highest mark seen, and marks left out of it that cannot be marks.
    negative : set
        Subjects with marks below 0 other than the -1 of an absentee: a scale, which has no full mark.
    declared : dict
        Heading that no word of ours explains, over a column of numbers → subject code proposed for it; only where
        no heading is known to be a mark's.
    english : bool
        Whether no heading has a Chinese letter.
    """

    label: str
    kind: str
    title: str = ""
    date: tuple[str, str] = ("", "")
    grade: int = 0
    occasion: str = ""
    papers: dict[str, float | None] = field(default_factory=dict)
    highest: dict[str, float] = field(default_factory=dict)
    slips: dict[str, list[float]] = field(default_factory=dict)
    negative: set[str] = field(default_factory=set)
    declared: dict[str, str] = field(default_factory=dict)
    english: bool = False

    @property
    def folder(self) -> str:
        return str(PurePosixPath(self.label).parent)


@dataclass
class Found:
    """What the tables of one exam show together."""

    tables: list[Seen]
    whole_folder: bool = False

    def _told(self, values: Sequence[str]) -> str:
        return next((value for value, _ in Counter(filter(None, values)).most_common(1)), "")

    @property
    def month(self) -> str:
        return self._told([t.date[0] for t in self.tables])

    @property
    def day_told(self) -> bool:
        return any(t.date[1] for t in self.tables)

    @property
    def date(self) -> str:
        day = self._told([t.date[1] for t in self.tables if t.date[0] == self.month])
        return f"{self.month}-{day or '01'}" if self.month else ""

    @property
    def grade(self) -> int:
        return int(self._told([str(t.grade) for t in self.tables if t.grade]) or 0)

    @property
    def cohort(self) -> int:
        """The year in which its pupils entered grade 1; 0 if date or grade are not told."""
        if not self.month or not self.grade:
            return 0
        year, month = map(int, self.month.split("-"))
        return year - (month < 8) - self.grade + 1

    @property
    def kind(self) -> str:
        return self._told([t.occasion for t in self.tables])

    @property
    def title(self) -> str:
        return self._told(
            [t.title for t in self.tables if t.kind == "marks"] or [t.title for t in self.tables]
        )

    @property
    def paths(self) -> list[str]:
        return list(dict.fromkeys(t.label for t in self.tables))

    def places(self) -> list[str]:
        """The folders whose sheets all are of this exam, else the files."""
        folder = self.tables[0].folder
        others = [path for path in self.paths if not _below(path, folder)]
        return [folder, *others] if self.whole_folder else self.paths

    @property
    def papers(self) -> dict[str, float | None]:
        out: dict[str, float | None] = {}
        for subject in dict.fromkeys(s for t in self.tables for s in t.papers):
            fulls = Counter(full for t in self.tables if (full := t.papers.get(subject)))
            out[subject] = fulls.most_common(1)[0][0] if fulls else None
        return out

    @property
    def highest(self) -> dict[str, float]:
        return {s: max(t.highest.get(s, 0) for t in self.tables) for s in self.papers}

    @property
    def negative(self) -> set[str]:
        return {subject for t in self.tables for subject in t.negative}

    @property
    def declared(self) -> dict[str, str]:
        return {heading: code for t in self.tables for heading, code in t.declared.items()}

    @property
    def slips(self) -> dict[str, list[float]]:
        return {s: sorted({m for t in self.tables for m in t.slips.get(s, ())}) for s in self.papers}


def date_of(text: str) -> tuple[str, str]:
    """The most exact date in a text: year and month, and the day where it is told; 20260628 and March 2026 as well."""
    text = _COMPACT.sub(r"\1-\2-\3 ", text)
    text = _MONTH.sub(lambda found: f"{found[2]}-{_MONTHS.index(found[1][:3].lower()) + 1} ", text)
    found = [(f"{m[1]}-{int(m[2]):02d}", f"{int(m[3]):02d}" if m[3] else "") for m in _DATE.finditer(text)]
    return next((date for date in found if date[1]), found[0] if found else ("", ""))


def grouped(seen: Sequence[Seen]) -> list[Found]:
    """Exams: tables of marks in one folder (or a folder below it) that contradict each other in nothing.

    The tables that tell most come first; item sheets join the exam of their month and grade wherever they lie.
    """
    exams: list[Found] = []
    marks = [t for t in seen if t.kind == "marks"]
    for table in sorted(marks, key=lambda t: -sum(map(bool, (t.date[0], t.date[1], t.grade, t.occasion)))):
        fits = [e for e in exams if _fits(e, table, anywhere=False)]
        same_file = [e for e in fits if table.label in e.paths]
        if len(fits) == 1 or same_file:
            (same_file or fits)[0].tables.append(table)
        else:
            exams.append(Found([table]))
    for table in (t for t in seen if t.kind == "items"):
        fits = [e for e in exams if _fits(e, table, anywhere=True)]
        if len(fits) == 1:
            fits[0].tables.append(table)
        else:
            exams.append(Found([table]))
    _name_folders(exams)
    return sorted(exams, key=lambda exam: (exam.date, exam.grade))


def _fits(exam: Found, table: Seen, anywhere: bool) -> bool:
    told = [(exam.month, table.date[0]), (exam.grade, table.grade), (exam.kind, table.occasion)]
    near = any(_below(table.label, t.folder) or _below(t.label, table.folder) for t in exam.tables)
    return (near or anywhere) and all(not a or not b or a == b for a, b in told)


def _below(label: str, folder: str) -> bool:
    return (folder == "." and "/" not in label) or label.startswith(folder + "/")


def _name_folders(exams: Sequence[Found]) -> None:
    """An exam whose files fill a folder is named by the folder."""
    for exam in exams:
        folder = min((t.folder for t in exam.tables if t.kind == "marks"), key=len, default=".")
        exam.tables.sort(key=lambda t: (t.folder != folder, t.label))
        strangers = [p for e in exams if e is not exam for p in e.paths if _below(p, folder)]
        exam.whole_folder = folder != "." and not strangers and len(exam.paths) > 1


def same_school(names: Counter[str]) -> Iterator[tuple[str, list[str], str]]:
    """(name, other spellings, comment): a spelling that shortens exactly one full name is taken for its alias."""
    ordered = sorted(names, key=lambda name: (-len(name), name))
    longer = {name: [o for o in ordered if len(o) > len(name) and _shortens(name, o)] for name in ordered}
    roots = [name for name in ordered if not longer[name] and _FULL_NAME.search(name)]
    aliases: dict[str, list[str]] = {name: [] for name in roots}
    alone = []
    for name in ordered:
        mine = [root for root in roots if root in longer[name]]
        if len(mine) == 1:
            aliases[mine[0]].append(name)
        elif name not in aliases:
            alone.append((name, mine))
    for name, others in aliases.items():
        yield name, others, "    # ? are the aliases this school?" if others else ""
    for name, mine in alone:
        yield name, [], f"    # ? perhaps an alias of {' or '.join(mine)}" if mine else ""


def coded(names: Counter[str]) -> list[Coded]:
    """The schools of the sheets: the code is the name where sheets write codes, else a running number."""
    found = list(same_school(names))
    if all(_CODE.fullmatch(name) for name, _, _ in found):
        found.sort(key=lambda school: (len(school[0]), school[0]))
        return [(code, code, others, "    # ? the sheets tell no name") for code, others, _ in found]
    taken = {normal(name) for name in names}
    numbers = (code for code in map("{:02d}".format, count(1)) if code not in taken)
    return [(code, *school) for code, school in zip(numbers, found, strict=False)]


def _shortens(short: str, long: str) -> bool:
    """Whether all letters of the short name stand in the long one, in order: 青禾一中 in 青禾市第一初级中学.

    A number that the short name has is the long one's: 第9小学 is not short for 第19小学, nor 一中 for 第十一中学.
    """
    letters = iter(normal(long))
    numbers = _NUMERALS.findall(normal(short))
    return all(letter in letters for letter in normal(short)) and (
        not numbers or numbers == _NUMERALS.findall(normal(long))
    )
