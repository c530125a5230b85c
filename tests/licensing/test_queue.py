"""Queues: everyone finds what waits for them, and nothing else."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from licensing.models import Case
from licensing.selectors import queue as queues
from licensing.selectors.queue import Filters, View
from licensing.services import cases, positions
from members.models import Organisation, Role, User
from tests import journeys
from tests.licensing.conftest import Desk, OfficerOf


def waits(user: User, case: Case) -> list[str]:
    row = queues.queue(user, View.WAITING).filter(pk=case.pk).first()
    return [name for name in queues.WAITS if getattr(row, name)] if row else []


def test_a_case_waits_for_whoever_has_the_next_act(desk: Desk, officer_of: OfficerOf) -> None:
    french, american = officer_of("FR"), officer_of("US")
    decider, countersigner = officer_of("DE", Role.DECIDER), officer_of("DE", Role.COUNTERSIGNER)
    stranger = officer_of("JP", Role.DECIDER, Role.COUNTERSIGNER, Role.LICENSING_OFFICER)
    everyone = (french, american, decider, countersigner, stranger)
    case = desk.case
    assert [waits(user, case) for user in everyone] == [["waits_position"], ["waits_position"], [], [], []]

    positions.take(actor=french, consultation=desk.consultation("FR"), kind="no_objection")
    assert waits(french, case) == []
    desk.answer("US")
    assert [waits(user, case) for user in everyone] == [[], [], ["waits_decision"], [], []]

    desk.propose()
    assert [waits(user, case) for user in everyone] == [[], [], [], ["waits_countersign"], []]


def test_a_seat_of_the_crisis_unit_finds_what_has_climbed_to_it(drill: Desk, officer_of: OfficerOf) -> None:
    seat = officer_of("CA", Role.CRISIS_SEAT)
    assert waits(seat, drill.case) == []
    journeys.lapse_all(drill.case)
    assert waits(seat, drill.case) == ["waits_position"]
    assert waits(officer_of("CA"), drill.case) == []


def test_the_soonest_due_comes_first_and_filters_narrow(
    drill: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    calm = journeys.file(exporter, organisation, journeys.dossier(own_reference="CALM"))
    officer = officer_of("DE")
    listed = list(queues.queue(officer, View.OURS))
    assert [row.pk for row in listed] == [drill.case.pk, calm.pk]
    assert listed[0].next_due_at < listed[1].next_due_at
    assert listed[0].band == "green" or listed[0].score is not None
    cases.claim(actor=officer, case=calm)

    def found(**wanted: str) -> set[int]:
        return {row.pk for row in queues.queue(officer, View.ALL, Filters(**wanted))}

    assert found(claimed="me") == {calm.pk}
    assert found(claimed="nobody") == {drill.case.pk}
    assert found(due="day") >= {drill.case.pk}
    assert found(status="decided") == set()
    assert found(text="straits") == {drill.case.pk, calm.pk}
    assert found(text=drill.case.reference.lower()) == {drill.case.pk}
    assert found(text="CALM") == {calm.pk}
    assert found(band="black") == set()
    assert [row.pk for row in queues.queue(officer, View.MINE)] == [calm.pk]


def test_a_stranger_finds_nothing_in_any_view(desk: Desk, officer_of: OfficerOf) -> None:
    stranger = officer_of("JP", Role.DECIDER)
    assert [list(queues.queue(stranger, view)) for view in View] == [[], [], [], [], []]


def test_more_cases_take_no_more_queries(
    desk: Desk, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    officer = officer_of("DE", Role.DECIDER, Role.COUNTERSIGNER)
    assert officer.roles
    assert officer.has_second_factor
    counted = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as captured:
            for row in queues.queue(officer, View.OURS):
                assert row.application.organisation.name
                assert row.lead.name
        counted.append(len(captured))
        for _number in range(3):
            journeys.file(exporter, organisation)
    assert counted == [1, 1]


def test_every_view_reads_what_falls_due_by_index(desk: Desk, officer_of: OfficerOf) -> None:
    officer = officer_of("DE", Role.DECIDER, Role.COUNTERSIGNER, Role.LICENSING_OFFICER)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # tables of tests are too small to need an index
    for view in View:
        assert "Seq Scan on deadlines_dueinstant" not in queues.queue(officer, view).explain()
