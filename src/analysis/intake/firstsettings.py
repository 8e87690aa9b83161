"""First settings as text, and the Excel templates beside them; a comment with '?' marks what a person must look at."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.intake.firstlook import WHOLE, Coded, Found, Seen
from analysis.workbook.schools import HEADINGS

_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_USUAL = (10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 150, 200, 210, 240, 250, 300)
SCHOOLS_BOOK = "学校信息.xlsx"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def written(
    folder: Path, root: Path, schools: Sequence[Coded], exams: Sequence[Found], seen: Sequence[Seen]
) -> str:
    """The settings file; a comment with '?' marks what a person must look at."""
    lines = [
        "# First settings, made from the sheets. Lines marked '?' are guesses: look at each.",
        'city: {code: "city", name: "?", bureau: "?"}    # ? code stands in file names; name and office as printed',
        f"language: {'en' if seen and all(one.english for one in seen) else 'zh'}",
        f"data: {_quoted(os.path.relpath(root, folder.resolve()))}    # folder of the score sheets",
        "",
        '# One line a school. Two spellings of one school: move one into the other\'s aliases: ["…"].',
        f'# Or fill in {SCHOOLS_BOOK}, and put in place of the whole list: schools: "{SCHOOLS_BOOK}"',
        "schools:",
    ]
    for code, name, aliases, hint in schools:
        quoted = ", ".join(map(_quoted, aliases))
        lines += [f'  - {{code: "{code}", name: {_quoted(name)}, aliases: [{quoted}], sector: ""}}{hint}']
    if not schools:
        lines += [
            '  - {code: "01", name: "?", aliases: [], sector: ""}    # ? no school is named in the sheets'
        ]
    if declared := {heading: code for exam in exams for heading, code in exam.declared.items()}:
        lines += ["", "subjects:"]
        lines += [
            f"  {code}: {{name: {_quoted(_printed(heading, code))}}}" for heading, code in declared.items()
        ]
    lines += ["", "exams:"]
    for number, exam in enumerate(exams, 1):
        earlier = [i for i, e in enumerate(exams[: number - 1], 1) if e.cohort and e.cohort == exam.cohort]
        lines += _exam(number, exam, earlier[::-1][:1], alone=len(schools) < 2)
    for kind, key in (("roster", "rosters"), ("teachers", "teachers")):
        if paths := sorted({one.label for one in seen if one.kind == kind}):
            lines += ["", f"{key}:", *(f"  - {{path: {_quoted(path)}, kind: {kind}}}" for path in paths)]
    return "\n".join(lines) + "\n"


def _printed(heading: str, code: str) -> str:
    """Name of a proposed subject; a total's must not be a heading by which other sheets' totals go."""
    if code != WHOLE:
        return heading
    return f"{heading} (one mark)" if heading.isascii() else f"{heading}（未分科）"


def _exam(number: int, exam: Found, baselines: Sequence[int], alone: bool) -> Iterator[str]:
    """The lines of one exam; alone: one school's sheets, of which nothing says that others sat the exam as well."""
    year = _YEAR.search(f"{exam.title} {' '.join(exam.paths)}")
    unsure = "" if exam.date else "    # ? no date in title or file name"
    yield f"  - id: exam-{number}"
    yield f"    title: {_quoted(exam.title)}"
    unsure = unsure or ("" if exam.day_told else "    # ? the day is not told")
    yield f"    date: {exam.date or (year[1] if year else '2000') + '-01-01'}{unsure}"
    yield f"    grade: {exam.grade or 9}" + ("" if exam.grade else "    # ? no grade told")
    yield f"    kind: {exam.kind or 'monitor'}    # ? monitor, mock, term, entrance, graduation, gaokao, sample"
    if alone:
        yield "    organiser: school    # ? school, city, prefecture, province: who held the exam"
    ids = ", ".join(f"exam-{i}" for i in baselines)
    yield f"    baselines: [{ids}]    # ? ids of the exams that give the starting point, newest first"
    yield "    papers:"
    for subject, full in exam.papers.items():
        highest = exam.highest.get(subject, 0)
        guess = full or next((float(top) for top in _USUAL if top >= highest), None)
        if subject in exam.negative and not full:
            guess = None
        slips = ", ".join(f"{mark:g}" for mark in exam.slips.get(subject, ()))
        note = "" if full else f"    # ? highest mark seen: {highest:g}"
        note += f"; taken for a slip: {slips}" if slips and not full else ""
        note += "; null: a scale without a full mark" if guess is None else ""
        yield f"      {subject}: {{full_mark: {'null' if guess is None else f'{guess:g}'}}}{note}"
    yield "    sheets:"
    told = ", ".join(f"{_quoted(heading)}: {code}" for heading, code in exam.declared.items())
    more = f", columns: {{{told}}}" if told else ""
    yield from (
        f"      - {{path: {_quoted(path)}{more}}}" + ("    # ? do these columns hold marks" if told else "")
        for path in exam.places()
    )


def templates(folder: Path, schools: Sequence[Coded]) -> None:
    """Excel templates for schools and teachers, filled in as far as known."""
    import xlsxwriter

    heads = {
        SCHOOLS_BOOK: (
            list(HEADINGS),
            [[code, name, "、".join(also)] for code, name, also, _ in schools],
        ),
        "任课表.xlsx": (["学校", "年级", "班级", "学科", "任课教师", "任教起始"], []),
    }
    for name, (head, body) in heads.items():
        with xlsxwriter.Workbook(folder / name) as book:
            sheet = book.add_worksheet(name.removesuffix(".xlsx"))
            for r, line in enumerate([head, *body]):
                for c, text in enumerate(line):
                    sheet.write_string(r, c, text)
            sheet.set_column(0, len(head) - 1, 14, book.add_format({"num_format": "@"}))
            sheet.freeze_panes(1, 0)
