"""The nasty city is as nasty as its catalogue says: seen in the files, not in the maker's word."""

import pytest

from nasty import maker, raw, shows


@pytest.fixture(scope="module", params=(1, 2, 3))
def files(request, tmp_path_factory):
    """Files of each row of the catalogue, opened without the intake."""
    made = maker.make(tmp_path_factory.mktemp("nasty"), request.param)
    labels = {label for listed in made.ledger.rows.values() for label in listed}
    whole = {label: raw.opened(made.ledger.folder, label) for label in sorted(labels)}
    return {number: [whole[label] for label in sorted(listed)] for number, listed in made.ledger.rows.items()}


@pytest.mark.parametrize("number", maker.CATALOGUE)
def test_each_file_shows_its_mess(files, number):
    facts, own = shows.FACTS[number], files[number]
    for file in own:
        file.peers = own
    seen = {name: [file.label for file in own if fact(file)] for name, fact in facts.items()}
    assert [name for name, labels in seen.items() if not labels] == []
    assert {label for labels in seen.values() for label in labels} == {file.label for file in own}
