"""All words of a language: key → text with {placeholders}. Missing keys and placeholders are errors, not gaps."""

import re
from functools import cache
from pathlib import Path

import yaml

from analysis.errors import UnknownName

from .numbers import JOIN, Numbers

LOCALE = Path(__file__).parent / "locale"
ONE = "one/"


@cache
def texts(language: str) -> dict[str, str]:
    """Key → text of every file of the language; a key in two files is an error."""
    folder = LOCALE / language
    if not language.isalpha() or not folder.is_dir():
        raise UnknownName(f"no such language: {language}", f"there are: {', '.join(languages())}")
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        content = (
            yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            or {}
        )
        twice = found.keys() & content.keys()
        if twice:
            raise ValueError(f"{path.name}: key already in another file: {', '.join(sorted(twice))}")
        found.update(content)
    return found


def languages() -> list[str]:
    return sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir())


class Words:
    """`words("summary.start.below", value=…)` is the sentence; `words.numbers` writes its numbers.

    one_school : the report is on the only school of its exam; a sentence that speaks of a city has another wording
        then, under its key with `one/` before it.
    """

    def __init__(self, language: str, one_school: bool = False) -> None:
        self.language = language
        self._texts = texts(language)
        if one_school:
            own = {key.removeprefix(ONE): text for key, text in self._texts.items() if key.startswith(ONE)}
            self._texts = self._texts | own
        to = self._texts["number.to"]
        self._ones = dict(pair.split("=") for pair in self._texts["plural.ones"].split())
        self._one_of = re.compile(rf"(?<![\d.,])1 ({'|'.join(self._ones)})\b") if self._ones else None
        self.numbers = Numbers(
            to=f"{JOIN}{to}{JOIN}" if not to.startswith(" ") else to.replace(" ", "\u00a0")
        )

    def __call__(self, key: str, **values: object) -> str:
        try:
            text = self._texts[key]
        except KeyError:
            raise KeyError(f"no words for '{key}' in {self.language}") from None
        return self._singular(text.format_map(values)) if values or "{" in text else text

    def _singular(self, text: str) -> str:
        """One of a thing is not many: 1 schools → 1 school, where the language has such forms."""
        return self._one_of.sub(lambda found: f"1 {self._ones[found[1]]}", text) if self._one_of else text

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def either(self, key: str, otherwise: str, **values: object) -> str:
        """The sentence of the key, or of the second key where the first has none."""
        return self(key if key in self else otherwise, **values)

    def within(self, key: str, **values: object) -> str:
        """The text as part of a sentence: without the capital of its first word."""
        text = self(key, **values)
        return text[:1].lower() + text[1:]

    def bracket(self, text: str, inside: str) -> str:
        """A number with its interval in brackets."""
        return self("bracket", text=text, inside=inside)

    def join(self, parts: list[str]) -> str:
        """A list in running text: 语文、数学和英语 / Chinese, mathematics and English."""
        if len(parts) < 2:
            return "".join(parts)
        return self("list.comma").join(parts[:-1]) + self("list.and") + parts[-1]
