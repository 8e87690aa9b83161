"""Words are strict."""

import pytest

from analysis.errors import UnknownName
from analysis.report.words import Words


def test_a_missing_key_is_an_error():
    with pytest.raises(KeyError, match=r"no\.such\.key"):
        Words("zh")("no.such.key")


def test_a_missing_placeholder_is_an_error():
    with pytest.raises(KeyError, match="label"):
        Words("zh")("class.name")


@pytest.mark.parametrize("language", ["xx", "../zh", ""])
def test_an_unknown_language_is_the_users_mistake(language):
    with pytest.raises(UnknownName):
        Words(language)


def test_one_of_a_thing_is_singular_in_english():
    said = Words("en")
    assert said("brief.decide.weak", k=1).endswith("1 school")
    assert said("brief.decide.weak", k=11).endswith("11 schools")
    assert said("brief.decide.weak", k="2,001").endswith("2,001 schools")
    assert Words("zh")("brief.decide.weak", k=1).count("1") == 1


def test_lists_in_running_text():
    assert Words("en").join(["a", "b", "c"]) == "a, b and c"
    assert Words("zh").join(["甲"]) == "甲"
    assert Words("zh").join(["甲", "乙"]) == "甲和乙"


def test_inside_a_sentence_a_verdict_has_no_capital():
    assert Words("en").within("verdict.start.below") == "slightly below the city"
