"""One search box over what a person may see."""

from licensing.selectors.search import search
from members.models import Role
from tests.factories import OrganisationFactory, exporter_of
from tests.licensing.conftest import Desk, OfficerOf


def references(user, text):
    return [(found.kind, found.reference) for found in search(user, text)]


def test_a_case_is_found_by_everything_that_names_it(desk: Desk, officer_of: OfficerOf) -> None:
    officer, case = officer_of("DE"), desk.case
    mine = [("case", case.reference)]
    assert references(officer, case.reference.lower().replace("0", "o")) == mine
    assert references(officer, case.application.reference) == mine
    assert references(officer, "straits combustion") == mine
    assert references(officer, "Straits Combustoin Labratory") == mine  # as people type
    assert references(officer, "high-speed camera") == mine
    assert references(officer, "6a003.b") == mine
    assert references(officer, "900710") == mine
    assert references(officer, case.application.organisation.name[:12]) == mine
    assert references(officer, "x") == []
    assert references(officer, "nothing of this name") == []


def test_a_licence_is_found_by_its_number_beside_its_case(answered: Desk, officer_of: OfficerOf) -> None:
    licence = answered.licence()
    found = references(officer_of("DE"), licence.number.lower())
    assert found == [("licence", licence.number), ("case", answered.case.reference)]


def test_nobody_finds_what_they_may_not_see(answered: Desk, officer_of: OfficerOf) -> None:
    licence = answered.licence()
    unready = officer_of("DE", second_factor=False)
    competitor = exporter_of(OrganisationFactory())
    for text in (answered.case.reference, "straits", "camera", licence.number):
        for user in (officer_of("JP"), unready, competitor):
            assert references(user, text) == []
    assert references(officer_of("JP", Role.AUDITOR), "straits")
