"""How many queries a page takes: a baseline, and that it does not grow with what it shows."""

from decimal import Decimal

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enforcement.models import Reservation
from enforcement.services import drawdown
from licensing.models import Licence, LicenceChange
from licensing.services import cases, changes, positions
from members.models import Organisation, Role, User
from tests import crises, journeys
from tests.enforcement.conftest import customs
from tests.escalation.test_guidance import issued
from tests.escalation.test_interests import CRITICAL, relief
from tests.licensing.conftest import OBJECTION, OfficerOf
from tests.workbench.conftest import Desk
from tests.workbench.test_cases import SignedIn

QUEUE, CRISES, SITUATION = 14, 24, 37  # baselines: raise them only with a reason
CASE = 50  # two ask whether a crisis is in force, one each for guidance, denials and suspicious orders
LANE, INTERESTS = 40, 52
CHANGES, CHANGE, HISTORY = 10, 60, 14
DRAWDOWN = (11, 18, 13)  # the list, a licence, a reservation


def queries(browser: Client, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_the_queue_takes_as_many_queries_for_one_case_as_for_four(
    desk: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    browser = signed_in(officer_of("DE", Role.DECIDER, Role.COUNTERSIGNER, Role.LICENSING_OFFICER))
    few = queries(browser, "/workbench/queue/all/")
    for _number in range(3):
        journeys.file(exporter, organisation)
    assert queries(browser, "/workbench/queue/all/") == few <= QUEUE


def test_a_case_page_does_not_grow_with_what_happened(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    officer = officer_of("DE", Role.DECIDER, Role.LICENSING_OFFICER)
    browser, home = signed_in(officer), f"/workbench/cases/{desk.case.reference}/"
    french = officer_of("FR")
    positions.take(actor=french, consultation=desk.consultation("FR"), kind="no_objection")
    few = queries(browser, home)
    for said in (OBJECTION, {"kind": "abstain"}, {"kind": "no_objection"}):
        positions.take(actor=french, consultation=desk.consultation("FR"), **said)
    for number in range(5):
        cases.add_note(actor=officer, case=desk.case, text=f"Note {number}")
    assert queries(browser, home) <= few <= CASE
    assert queries(browser, f"{home}notes/") <= CASE
    assert queries(browser, f"{home}consultations/") <= CASE
    assert queries(browser, f"{home}timeline/") <= CASE


def test_pages_of_crises_do_not_grow_with_what_is_in_force(
    desk: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    browser = signed_in(officer_of("DE", Role.CRISIS_SEAT))
    one = crises.in_force("DE", "FR")
    pages = ["", f"{one.reference}/", f"{one.reference}/reach/"]
    few = [queries(browser, f"/workbench/crises/{page}") for page in pages]
    crises.in_force("DE", "JP", set_key="pandemic-surge")
    journeys.file(exporter, organisation)
    many = [queries(browser, f"/workbench/crises/{page}") for page in pages]
    assert all(more <= less <= CRISES for more, less in zip(many, few, strict=True)), (few, many)


def test_the_situation_room_does_not_grow_with_what_it_counts(
    desk: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    browser = signed_in(officer_of("US", Role.CRISIS_SEAT))
    crises.in_force("DE")
    issued(officer_of, "question", destinations=["SG"])
    few = queries(browser, "/workbench/situation/")
    crises.in_force("FR", set_key="pandemic-surge")
    for _number in range(3):
        journeys.file(exporter, organisation)
        issued(officer_of, "question", destinations=["SG"])
    assert queries(browser, "/workbench/situation/") == few <= SITUATION


def test_the_humanitarian_lane_does_not_grow_with_its_cases(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    case = journeys.file(exporter, organisation, relief(CRITICAL))
    browser = signed_in(officer_of("DE", Role.HUMANITARIAN_ADJUDICATOR))
    few = queries(browser, "/workbench/aid/")
    assert queries(browser, f"/workbench/cases/{case.reference}/interests/") <= INTERESTS
    for _number in range(3):
        journeys.file(exporter, organisation, relief(CRITICAL))
    assert queries(browser, "/workbench/aid/") == few <= LANE


def test_pages_of_changes_of_licences_do_not_grow_with_them(
    answered: Desk, exporter: User, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    licence = answered.licence()
    browser = signed_in(officer_of("DE", Role.LICENSING_OFFICER, Role.DECIDER))
    pages = {"licence-changes/?view=over": CHANGES, f"licences/{licence.number}/history/": HISTORY}

    def asked(number: str) -> LicenceChange:
        wanted = [{"path": "national_reference", "to": number}]
        reason = "The register has another number."
        return changes.ask_amendment(actor=exporter, licence=licence, changes=wanted, reason=reason)

    changes.withdraw(actor=exporter, change=asked("BAFA-1"))
    few = {page: queries(browser, f"/workbench/{page}") for page in pages}
    for number in range(2, 5):
        changes.withdraw(actor=exporter, change=asked(f"BAFA-{number}"))
    many = {page: queries(browser, f"/workbench/{page}") for page in pages}
    assert many == few
    assert all(count <= pages[page] for page, count in many.items()), many
    change = asked("BAFA-9")
    assert queries(browser, f"/workbench/licence-changes/{change.reference}/") <= CHANGE


def test_pages_of_the_drawdown_do_not_grow_with_what_was_drawn(answered: Desk, signed_in: SignedIn) -> None:
    licence, guard = answered.licence(), customs()
    browser = signed_in(guard)
    first = drawn(guard, licence, "26DE1")
    pages = ["drawdown/?view=all", f"drawdown/{licence.number}/", f"reservations/{first.uid}/"]
    few = [queries(browser, f"/workbench/{page}") for page in pages]
    for number in (2, 3):
        drawn(guard, licence, f"26DE{number}")
    many = [queries(browser, f"/workbench/{page}") for page in pages]
    assert all(more <= less <= most for more, less, most in zip(many, few, DRAWDOWN, strict=True)), (
        few,
        many,
    )


def drawn(guard: User, licence: Licence, declaration: str) -> Reservation:
    taken = drawdown.reserve(
        actor=guard, licence=licence, line=1, quantity=Decimal(1), unit="NAR", office="DE004851",
        declaration=declaration,
    )  # fmt: skip
    return drawdown.confirm(actor=guard, reservation=taken)
