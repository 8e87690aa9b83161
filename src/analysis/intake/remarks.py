"""What the remark and state columns of a row say about its marks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from analysis.intake.headings import normal, words
from analysis.terms import State

_CUTS = re.compile(r"[,，、;；。|+&和及()\[\]【】<>《》:：!?*\s]+")
_YES = ("是", "1", "√", "y", "yes", "true", "缺考", "缺", "t", "✓")
_FLAG_HEADINGS = ("缺考标记", "缺考", "是否缺考", "缺考标志")


@dataclass(frozen=True)
class Said:
    """What a row's words say: a state for all marks, states of single subjects, and other facts."""

    whole: State | None = None
    subjects: Mapping[str, State] = field(default_factory=dict)
    zero: bool = False
    stands: bool = False
    excluded: str = ""
    unclear: bool = False

    def state_of(self, subject: str) -> State | None:
        return self.subjects.get(subject, self.whole)

    def __or__(self, other: "Said") -> "Said":
        """Both sayings together; the first has the say where they differ."""
        return Said(
            self.whole or other.whole,
            {**other.subjects, **self.subjects},
            self.zero or other.zero,
            self.stands or other.stands,
            self.excluded or other.excluded,
            self.unclear or other.unclear,
        )


NOTHING = Said()


@cache
def state_words() -> dict[str, State]:
    return {word: State(state) for state, many in words()["states"].items() for word in many}


@cache
def _mentions() -> re.Pattern[str]:
    """Words that make a remark worth a question when it is not understood."""
    return re.compile(
        "|".join(sorted((re.escape(w) for w in state_words() if len(w) > 1), key=len, reverse=True))
    )


def read(text: str, heading: str, subjects: Mapping[str, str]) -> Said:
    """Understand one remark or state cell.

    Parameters
    ----------
    text, heading : str
        The cell, and the heading of its column (缺考标记 holds 是/否).
    subjects : mapping
        Normalised subject name → code.
    """
    key = normal(text)
    if not key or key in words()["present"]:
        return Said(State.absent) if key in ("是", "1") and normal(heading) in _FLAG_HEADINGS else NOTHING
    if normal(heading) in _FLAG_HEADINGS and key in _YES:
        return Said(State.absent)
    if any(word in key for word in words()["stands"]):
        return Said(stands=True)
    said, pending = NOTHING, list[str]()
    for piece in filter(None, _CUTS.split(key)):
        found, pending = _piece(piece, pending, subjects)
        said = said | found
    states = {state for state in (said.whole, *said.subjects.values()) if state is not None}
    if pending and len(states) == 1:  # the state came first: 缺考：数学、英语
        named = {**said.subjects, **dict.fromkeys(pending, states.pop())}
        said = Said(None, named, said.zero, said.stands, said.excluded)
    if said == NOTHING and _mentions().search(key):
        return Said(unclear=True)
    return said


def _piece(piece: str, pending: list[str], subjects: Mapping[str, str]) -> tuple[Said, list[str]]:
    """One piece of a remark: a subject (waits for its state), a state, or both together."""
    table = words()
    if piece in table["zero"]:
        return Said(zero=True), pending
    if piece in table["excluded"]:
        return Said(excluded=piece), pending
    if piece in subjects:
        return NOTHING, [*pending, subjects[piece]]
    state = _state_of(piece)
    if state is not None:
        return (Said(None, dict.fromkeys(pending, state)), []) if pending else (Said(state), [])
    for cut in range(1, len(piece)):
        for name, word in ((piece[:cut], piece[cut:]), (piece[cut:], piece[:cut])):
            subject, state = subjects.get(name), _state_of(word)
            if subject and state is not None:
                return Said(None, dict.fromkeys([*pending, subject], state)), []
            if subject and word in table["zero"]:
                return Said(zero=True), pending
    return NOTHING, pending


def _state_of(word: str) -> State | None:
    """The state that a word is, with or without what changes nothing about it (因病缺考, 作弊按0分计)."""
    known = state_words()
    return known.get(word) or known.get(word.removesuffix("生")) or known.get(_without_fillers(word))


@cache
def _fillers() -> tuple[re.Pattern[str], re.Pattern[str]]:
    options = "|".join(sorted(map(re.escape, words()["fillers"]), key=len, reverse=True))
    return re.compile(rf"^(?:{options})"), re.compile(rf"(?:{options})$")


def _without_fillers(word: str) -> str:
    """A word less the fillers before and behind it, as far as a known state is left."""
    front, behind = _fillers()
    known, seen, open_ = state_words(), {word}, [word]
    while open_:
        text = open_.pop()
        if text in known:
            return text
        for shorter in (front.sub("", text), behind.sub("", text)):
            if shorter and shorter not in seen:
                seen.add(shorter)
                open_.append(shorter)
    return word
