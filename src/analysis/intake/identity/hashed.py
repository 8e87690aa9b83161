"""The keyed hash of each person, of the strongest number or name that any sheet tells."""

import pandas as pd

from analysis.intake.identity import key
from analysis.intake.identity.joining import Labels
from analysis.settings import Settings


def of_persons(seen: pd.DataFrame, person: Labels, settings: Settings) -> list[str]:
    """Keyed hash of each person (indexed by person): of the strongest number known, made single by a count."""
    texts: dict[int, tuple[int, str]] = {}
    columns = (
        "exam",
        "school",
        "cohort",
        "class_number",
        "name",
        "national",
        "pupil",
        "number",
        "exam_number",
    )
    for who, values in zip(
        person.tolist(), zip(*(seen[c].tolist() for c in columns), strict=True), strict=True
    ):
        strength = _identity(*values)
        known = texts.get(who)
        if known is None or strength[0] < known[0]:
            texts[who] = strength
    counts: dict[str, int] = {}
    out = [""] * (int(person.max()) + 1 if len(person) else 0)
    people = sorted(texts)  # a person's number is that of the first sighting: the order of the sheets
    said = []
    for who in people:
        text = texts[who][1]
        counts[text] = counts.get(text, 0) + 1
        said.append(text if counts[text] == 1 else f"{text}#{counts[text]}")
    secret = key.key_of(settings.outputs, settings.params.city.code)
    for who, code in zip(people, key.hashes(said, secret), strict=True):
        out[who] = code
    return out


def _identity(exam: str, school: str, cohort: str, klass: str, name: str, national: str, pupil: str, number: str,
              exam_number: str) -> tuple[int, str]:  # fmt: skip
    """(weakness, text) of what identifies a pupil in one row."""
    if national:
        return 0, f"national|{national}"
    if pupil:
        return 1, f"pupil|{school if pupil.isdigit() and len(pupil) < 6 else ''}|{pupil}"
    if number and school:
        return 2, f"number|{school}|{number}|{name}"
    if name and school:
        return 3, f"name|{school}|{cohort}|{klass}|{name}"
    return 4, f"exam|{exam}|{school}|{exam_number}|{number}|{name}"
