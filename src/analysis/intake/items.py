"""Item sheets (小题分): leaf items only, a blank is 0 for who sat, parts and subtotals are left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intake import cells
from analysis.intake.block import Block, City, column_texts
from analysis.intake.headings import normal
from analysis.intake.labels import is_label, item_columns, label_of
from analysis.intake.table import grid_of, shown
from analysis.terms import State


@dataclass
class ItemBlock:
    """Item marks of one table: labels, marks (n × items; NaN where not chosen or not usable), blanks."""

    block: Block
    subject: str
    labels: list[str]
    marks: NDArray[np.float64]
    blank: NDArray[np.bool_]
    fulls: list[float | None]


def read(block: Block, city: City) -> ItemBlock | None:
    """Item marks of one table; None, and a question, where no subject or no item column is told."""
    subject = block.entry.sheets.subject or _subject(block, city)
    columns = item_columns(block.table)
    if not subject or not columns:
        city.issues.add("items_without_subject" if columns else "no_mark_column", block.place())
        return None
    picked = grid_of(block.sheet)[block.rows]
    marks = np.full((block.n, len(columns)), np.nan)
    blank = np.zeros((block.n, len(columns)), bool)
    fulls: list[float | None] = []
    for j, column in enumerate(columns):
        full = block.table.fulls.get(column.index) or _full_in_heading(column.heading)
        read_ = cells.read_column(picked[:, column.index].tolist(), full, {}, subject)
        blank[:, j] = np.isin(read_.states, [cells.CODE[State.blank], cells.CODE[State.absent]])
        marks[:, j] = read_.scores
        fulls.append(full)
        for position, reading in read_.problems.items():
            code = "item_above_full" if reading.code in ("above_full", "ten_times") else "unreadable"
            city.issues.add(
                code, block.place(position, column.index, subject), shown(picked[position, column.index])
            )
    return ItemBlock(block, subject, [label_of(c.heading) for c in columns], marks, blank, fulls)


def _subject(block: Block, city: City) -> str:
    """Subject of an item sheet: a column of one subject's name, or what name and title tell."""
    from analysis.intake.context import context

    subjects = {c.meaning.subject for c in block.table.of("mark", "part") if c.meaning.subject}
    if len(subjects) == 1:
        return subjects.pop()
    return context(block.sheet, block.table, city.schools, city.vocabulary).subject


def _full_in_heading(heading: str) -> float | None:
    found = re.search(r"[(\[](?:满分)?(\d+(?:\.\d+)?)分[)\]]$", normal(heading))
    return float(found[1]) if found else None


def table(blocks: Sequence[ItemBlock], starts: Sequence[int], person: NDArray[np.int64]) -> pd.DataFrame:
    """Long item marks: exam, subject, person, item, mark, blank. A pupil whose items are all blank did not sit: no rows."""
    parts = []
    for item, start in zip(blocks, starts, strict=True):
        sat = ~item.blank.all(axis=1)
        rows = np.flatnonzero(sat)
        n, k = len(rows), len(item.labels)
        choice = _choices(item)
        blank = item.blank[rows]
        marks = np.where(blank, np.where(choice[None, :], np.nan, 0.0), item.marks[rows])
        parts.append(pd.DataFrame({
            "exam": item.block.entry.exam_id, "subject": item.subject,
            "person": np.repeat(person[start + rows], k), "item": np.tile(np.array(item.labels, dtype=object), n),
            "mark": marks.ravel(), "blank": (blank & ~choice[None, :]).ravel(),
        }))  # fmt: skip
    columns = ["exam", "subject", "person", "item", "mark", "blank"]
    out = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return out.drop_duplicates(["exam", "subject", "person", "item"])


def compare(
    blocks: Sequence[ItemBlock],
    starts: Sequence[int],
    person: NDArray[np.int64],
    made: pd.DataFrame,
    city: City,
) -> None:
    """A question for every item sheet whose items do not add up to the marks."""
    marks = made[made["state"] == State.ok.value].set_index(["exam", "person", "subject"])["score"]
    for item, start in zip(blocks, starts, strict=True):
        n, exam = item.block.n, item.block.entry.exam_id
        keys = pd.MultiIndex.from_arrays([[exam] * n, person[start : start + n], [item.subject] * n])
        expected = marks.reindex(keys).to_numpy(float)
        total = np.nansum(item.marks, axis=1)
        wrong = np.flatnonzero(
            np.isfinite(expected) & ~item.blank.all(axis=1) & (np.abs(total - expected) > 0.011)
        )
        if len(wrong):
            place = item.block.place(int(wrong[0]), -1, item.subject)
            city.issues.add(
                "items_not_sum",
                place,
                f"{total[wrong[0]]:g}",
                f"{expected[wrong[0]]:g}",
                n=len(wrong),
                group="",
            )


def _choices(item: ItemBlock) -> NDArray[np.bool_]:
    exam = item.block.entry.exam
    paper = exam.papers.get(item.subject) if exam else None
    chosen = {normal(label) for label in (paper.choice_items if paper else ())}
    return np.array([label in chosen for label in item.labels], bool)


def item_table(blocks: Sequence[ItemBlock], told: pd.DataFrame, city: City) -> pd.DataFrame:
    """The table `item_table`: what a 双向细目表 says, else full marks of the sheet, else the highest mark seen."""
    rows = []
    seen: set[tuple[str, str, str]] = set()
    given = {(r["exam"], r["subject"], r["item"]): r for r in told.to_dict("records")}
    for item in blocks:
        exam, guessed = item.block.entry.exam_id, 0
        for j, label in enumerate(item.labels):
            key = (exam, item.subject, label)
            if key in seen:
                continue
            seen.add(key)
            known = given.get(key)
            full = known["full_mark"] if known and pd.notna(known["full_mark"]) else item.fulls[j]
            if full is None:
                guessed += 1
                column = item.marks[:, j]
                full = float(np.nanmax(column)) if np.isfinite(column).any() else None
            rows.append({
                "exam": exam, "subject": item.subject, "item": label, "order": known["order"] if known else j + 1,
                "full_mark": full, "topic": known["topic"] if known else "", "ability": known["ability"] if known else "",
                "expected_rate": known["expected_rate"] if known else None,
            })  # fmt: skip
        if guessed:
            city.issues.add("full_mark_guessed", item.block.place(subject=item.subject), n=guessed)
    columns = ["exam", "subject", "item", "order", "full_mark", "topic", "ability", "expected_rate"]
    return pd.DataFrame(rows, columns=columns)


def read_item_table(block_sheet: Block, city: City) -> pd.DataFrame:
    """A 双向细目表: one row an item."""
    table_, grid = block_sheet.table, grid_of(block_sheet.sheet)
    subject = block_sheet.entry.sheets.subject or _subject(block_sheet, city)
    body = grid[table_.body.start : table_.body.stop]
    columns = {
        role: found[0].index
        for role in ("item", "full", "topic", "ability", "expected", "subject", "mark")
        if (found := table_.of(role))
    }
    full_at = columns.get("full", columns.get("mark"))
    if "item" not in columns:
        return pd.DataFrame(
            columns=["exam", "subject", "item", "order", "full_mark", "topic", "ability", "expected_rate"]
        )
    rows: list[dict[str, Any]] = []
    for position, text in enumerate(column_texts(body, columns["item"])):
        key = label_of(text)
        if not text or not is_label(text):
            continue
        own = (
            city.vocabulary.subjects.get(normal(shown(body[position, columns["subject"]])), subject)
            if "subject" in columns
            else subject
        )
        rows.append({
            "exam": block_sheet.entry.exam_id, "subject": own, "item": key, "order": len(rows) + 1,
            "full_mark": _number(body, position, full_at),
            "topic": _text(body, position, columns.get("topic")), "ability": _text(body, position, columns.get("ability")),
            "expected_rate": _rate(_number(body, position, columns.get("expected"))),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _number(body: NDArray[np.object_], row: int, column: int | None) -> float | None:
    if column is None:
        return None
    value = cells.numbers([body[row, column]])[0]
    return float(value) if np.isfinite(value) else None


def _rate(value: float | None) -> float | None:
    return value if value is None or value <= 1 else value / 100


def _text(body: NDArray[np.object_], row: int, column: int | None) -> str:
    return shown(body[row, column]) if column is not None else ""
