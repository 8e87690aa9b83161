"""Why a judgement was withheld or missed, in words."""

from ..words import Words


def reason(words: Words, key: str) -> str:
    """The reasons behind comma-separated codes; a code without words is printed as it is."""
    parts = [part.strip() for part in key.replace(";", ",").split(",") if part.strip()]
    return words.join(
        [words(f"city.reason.{p}") if f"city.reason.{p}" in words else p for p in parts] or ["—"]
    )
