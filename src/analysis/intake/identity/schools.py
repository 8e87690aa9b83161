"""School names, codes and aliases to the bureau's codes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.errors import SettingsError
from analysis.intake.headings import normal
from analysis.params import Params


def key_of(text: str) -> str:
    """A school's spelling, folded; a code that became a float is a code again."""
    key = normal(text)
    return key[:-2] if key.endswith(".0") and key[:-2].isdigit() else key


@dataclass
class Schools:
    """The schools of the settings, and those that only the sheets name where the settings allow it."""

    names: Mapping[str, str]
    open: bool = False
    added: dict[str, str] = field(default_factory=dict)

    def code(self, text: str) -> str:
        """Code of a school as a sheet writes it; empty if unknown (or added, where schools are open)."""
        key = key_of(text)
        if not key:
            return ""
        found = self.names.get(key) or self.names.get(key.lstrip("0"))
        if found is None and self.open:
            found = self.added.setdefault(key, _as_code(text))
        return found or ""

    def within(self, text: str) -> str:
        """Code of the one school that a title, sheet or file name speaks of; empty if none or several.

        A name inside a longer school name does not count: 一中 is not met in 第十一中.
        """
        folded = normal(text)
        hits = [
            (folded.find(key), key)
            for key in self.names
            if len(key) > 1 and not key.isdigit() and key in folded
        ]
        longest = [(at, key) for at, key in hits if not any(_inside(at, key, other) for other in hits)]
        codes = {self.names[key] for _, key in longest if not _preceded_by_numeral(folded, key)}
        return codes.pop() if len(codes) == 1 else ""


def _inside(at: int, key: str, other: tuple[int, str]) -> bool:
    return len(other[1]) > len(key) and other[0] <= at and at + len(key) <= other[0] + len(other[1])


def _preceded_by_numeral(text: str, key: str) -> bool:
    at = text.find(key)
    return at > 0 and text[at - 1] in "一二三四五六七八九十" and key[0] in "一二三四五六七八九十"


def _as_code(text: str) -> str:
    shown = text.strip()
    shown = shown[:-2] if shown.endswith(".0") and shown[:-2].isdigit() else shown
    return "".join("_" if letter in '/\\:*?"<>| \t' else letter for letter in shown)


def schools_of(params: Params) -> Schools:
    """Codes, names and aliases of the settings, folded.

    Raises
    ------
    SettingsError : two schools have a spelling that sheets cannot tell apart.
    """
    names: dict[str, str] = {}
    for school in params.schools:
        for name in (school.code, school.name, *school.aliases):
            owner = names.setdefault(key_of(name), school.code)
            if owner != school.code:
                raise SettingsError(
                    f"schools {owner} and {school.code} are both called {name}, but for spaces or the width of letters",
                    "give one of them another name in the settings",
                )
    stripped = {key.lstrip("0"): code for key, code in names.items() if key.isdigit()}
    return Schools({**stripped, **names}, params.open_schools)
