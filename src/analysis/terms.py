"""Closed vocabularies. Every word that code and data share is here, once."""

from enum import StrEnum

Z95 = 1.959963984540054
"""A 95 % interval is the estimate ± so many standard errors."""


class State(StrEnum):
    """What a mark cell says. Only `ok` has a score; the others are never a number."""

    ok = "ok"
    absent = "absent"  # 缺考
    cheat = "cheat"  # 作弊、违纪
    deferred = "deferred"  # 缓考
    exempt = "exempt"  # 免考
    unscanned = "unscanned"  # 未扫
    invalid = "invalid"  # above full marks, unreadable …
    blank = "blank"  # nothing there: unknown, not absent
    left = "left"  # 已转出、休学：still listed, no longer a pupil here


class Level(StrEnum):
    """Statistical levels, from the city down."""

    city = "city"
    sector = "sector"
    township = "township"
    official = "official"
    school = "school"
    klass = "class"
    teacher = "teacher"


class Verdict(StrEnum):
    """Five levels, two of them for the middle, and three for 'not rated' (words-zh §1)."""

    much_above = "much_above"
    above = "above"
    around = "around"  # the interval lies inside ± s and contains 0
    unclear = "unclear"  # contains 0 but is wider than ± s
    below = "below"
    much_below = "much_below"
    small = "small"  # 11–19 pupils: value, not rated
    hidden = "hidden"  # fewer than 11: nothing
    none = "none"  # nothing to compare


class Flag(StrEnum):
    """Why a result cell has no value, or a value that must not be judged."""

    ok = ""
    small = "small"  # 11–19 pupils: for reference
    hidden = "hidden"  # < 11 pupils, or complementary suppression
    no_full_mark = "no_full_mark"
    no_baseline = "no_baseline"
    no_line = "no_line"
    no_items = "no_items"
    no_classes = "no_classes"
    too_few_schools = "too_few_schools"
    too_few_classes = "too_few_classes"  # or teachers of one school, who are compared with each other
    capped = "capped"  # ceiling: not measurable on this paper
    low_match = "low_match"  # < 60 % matched
    not_fitted = "not_fitted"
    short_tenure = "short_tenure"  # taught less than half of the time since the baseline


class Severity(StrEnum):
    """How much a data issue matters; worst first."""

    error = "error"  # the mark or pupil is not used until somebody answers
    question = "question"  # used under an assumption that should be confirmed
    note = "note"  # repaired or skipped for certain; said so that nothing is silent


TOTAL = "total"
"""Subject code of the declared sum of papers."""

PRIOR_BANDS = (1, 2, 3, 4, 5)
"""City quintiles of the prior total; 1 is the lowest."""

SMALL_HIDDEN, SMALL_NOTE = 11, 20
"""Fewer than 11: nothing is shown; 11–19: shown, not judged (docs/methods.md §5)."""
