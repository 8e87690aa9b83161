"""From a raw mark cell to a score, a state or a problem: one function for a cell, one for a column.

The column function settles plain numbers and blanks at once; only what is left goes through the cell function.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intake import remarks
from analysis.intake.headings import normal, words
from analysis.intake.remarks import NOTHING, Said, state_words
from analysis.terms import State
from analysis.workbook.sheet import Cell

STATES = tuple(State)
CODE = {state: np.uint8(number) for number, state in enumerate(STATES)}
_GUARD = re.compile(r'^=?"(.*)"$|^\'(.*)$', re.DOTALL)
_NUMBER = re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$")
_MAKE_UP = re.compile(r"^补考[:(]?\d+(?:\.\d+)?分?\)?$|^\d+(?:\.\d+)?分?[(\[]?补考(?:成绩|分)?[)\]]?$")
_WITH_WORD = re.compile(r"^([+-]?\d+(?:\.\d+)?)分?[(\[](\D+)[)\]]$")


@dataclass(frozen=True)
class Reading:
    """One mark cell, understood.

    Attributes
    ----------
    state : State
    score : float
        NaN unless the state is ok.
    code : str
        Code of the data issue (issues.yaml), or empty.
    assumed : str
        What was taken instead, for the problem list.
    """

    state: State
    score: float = float("nan")
    code: str = ""
    assumed: str = ""


def unguarded(text: str) -> str:
    """Text without what guards it from a spreadsheet: ="…", a leading apostrophe, tabs."""
    found = _GUARD.match(text.strip())
    return ((found[1] if found[1] is not None else found[2]) if found else text).strip()


def number(text: str) -> float | None:
    """The number that a normalised text is, with or without 分; None otherwise."""
    bare = text.removesuffix("分")
    return float(bare) if _NUMBER.match(bare) else None


def read(
    raw: Cell, full: float | None, said: Said = NOTHING, subject: str = "", scaled: bool = False
) -> Reading:
    """Understand one cell of a mark column.

    Parameters
    ----------
    raw : Cell
        As the file has it.
    full : float or None
        Full mark, None if the paper has none.
    said : Said
        What the row's remark and state columns say.
    scaled : bool
        Negative numbers are scores here (a scale that has them).
    """
    hint = said.state_of(subject)
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        return Reading(State.invalid, code="unreadable")
    if isinstance(raw, str):
        text = normal(unguarded(raw))
        value = number(text)
        if value is None and (found := _WITH_WORD.match(text)) and not _MAKE_UP.match(text):
            state = remarks.read(found[2], "", {}).whole
            value = float(found[1]) if state else None
            said = replace(said, subjects={**said.subjects, subject: state}) if state else said
        if value is None:
            return _word(text, hint)
    else:
        value = float(raw)
    if not np.isfinite(value):
        return Reading(State.invalid, code="unreadable")
    return _number(value, full, said, subject, scaled)


def _word(text: str, hint: State | None) -> Reading:
    """A cell that is no number."""
    if not text:
        return Reading(hint or State.blank)
    if text in state_words():
        doubtful = {"不计排名": "state_doubtful", "补考": "make_up"}.get(text, "")
        return Reading(
            state_words()[text], code=doubtful, assumed=state_words()[text].value if doubtful else ""
        )
    if text in words()["signs"]:
        return Reading(hint or State.absent)
    if text in words()["zero"]:
        return Reading(State.ok, 0.0)
    if _MAKE_UP.match(text):
        return Reading(State.deferred, code="make_up", assumed=State.deferred.value)
    state = remarks.read(text, "", {}).whole  # 缺考(病假)
    if state and not any(letter.isdigit() for letter in text):
        return Reading(state)
    return Reading(State.invalid, code="unreadable")


def _number(value: float, full: float | None, said: Said, subject: str, scaled: bool) -> Reading:
    if value < 0 and not scaled:
        if value == -1:
            return Reading(said.state_of(subject) or State.absent)
        return Reading(State.invalid, code="negative")
    if full is not None and value > full:
        tenth = value / 10 <= full and value / 10 > full / 4
        return Reading(State.invalid, code="ten_times" if tenth else "above_full")
    hint = said.state_of(subject)
    if hint is None and said.unclear and value == 0:
        return Reading(State.invalid, code="zero_beside_remark")
    if hint is None or (said.zero and value == 0):
        return Reading(State.ok, value)
    if value == 0:
        return Reading(hint)
    if subject in said.subjects and hint in (State.cheat, State.deferred, State.exempt):
        return Reading(hint, code="mark_with_state", assumed=hint.value)
    if subject in said.subjects or hint is State.left:
        return Reading(State.invalid, code="mark_against_state")
    return Reading(State.ok, value, code="sat_despite_state", assumed=f"{value:g}")


@dataclass
class ColumnReading:
    """A mark column, understood: state codes (index into STATES), scores (NaN unless ok), problems by position."""

    states: NDArray[np.uint8]
    scores: NDArray[np.float64]
    problems: dict[int, Reading] = field(default_factory=dict)


def read_column(
    raw: Sequence[Cell],
    full: float | NDArray[np.float64] | None,
    said: Mapping[int, Said],
    subject: str | Sequence[str],
    holes: Mapping[int, bool] | None = None,
) -> ColumnReading:
    """Understand a column of marks.

    Parameters
    ----------
    raw : sequence of cells
    full : float, None, or array (n,)
        Full mark of all or of each row; NaN or None: none.
    said : mapping
        Position → what the row's words say; rows without words are not in it.
    subject : str or sequence of str
        Subject of all or of each row.
    holes : mapping
        Positions whose formula has no stored value.
    """
    n = len(raw)
    fulls = np.broadcast_to(np.asarray(np.nan if full is None else full, dtype=float), (n,))
    values = numbers(raw)
    blank = np.fromiter((type(v) is str and not v.strip() for v in raw), bool, n)
    finite = np.isfinite(values)
    scaled = bool(
        np.isnan(fulls).all()
        and (values[finite] < 0).any()
        and not np.isin(values[finite & (values < 0)], [-1.0]).all()
    )
    simple = finite & ((values >= 0) | scaled) & ~(values > fulls)
    worded = np.fromiter(said.keys(), int, len(said))
    plain = np.ones(n, bool)
    plain[worded] = False
    for position in holes or ():
        plain[position] = False
    states = np.full(n, CODE[State.blank], np.uint8)
    scores = np.full(n, np.nan)
    ok = simple & plain
    states[ok] = CODE[State.ok]
    scores[ok] = values[ok]
    out = ColumnReading(states, scores)
    for i in np.flatnonzero(~(plain & (simple | blank))).tolist():
        name = subject if isinstance(subject, str) else subject[i]
        if holes and i in holes:
            reading = Reading(State.invalid, code="formula_without_value")
        else:
            top = None if np.isnan(fulls[i]) else float(fulls[i])
            reading = read(raw[i], top, said.get(i, NOTHING), name, scaled)
        states[i] = CODE[reading.state]
        scores[i] = reading.score
        if reading.code:
            out.problems[i] = reading
    return out


def numbers(raw: Sequence[Cell]) -> NDArray[np.float64]:
    """Plain numbers of a column, all at once; NaN for everything else."""
    n = len(raw)
    native = np.fromiter((type(v) is float or type(v) is int for v in raw), bool, n)
    out = np.full(n, np.nan)
    out[native] = [v for v in raw if type(v) is float or type(v) is int]
    if not native.all():
        texts = [
            v if type(v) is str else "" for v, is_number in zip(raw, native, strict=True) if not is_number
        ]
        if any(texts):
            out[~native] = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(float)
    return out
