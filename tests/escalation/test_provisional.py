"""What silence grants provisionally: a share, for a short time, confirmed by two members or repealed by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.errors import Blocked, Conflict, Forbidden, Invalid
from core.models import ref
from correspondence.models import Notice
from deadlines.models import DueInstant
from escalation.services import provisional
from exemptions import allowances
from exemptions.allowances import Share
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing import waived
from licensing.models import Case, Decision, Licence, ProvisionalGrant
from licensing.selectors import provisional as selectors
from licensing.selectors.standings import standing
from licensing.services import applications, decisions, information, licences
from members.models import Organisation, Role, User
from tests import crises, journeys
from tests.escalation import relief
from tests.exemptions import test_waivers as waivers
from tests.licensing.conftest import GRANT
from tests.standing import stays

OfficerOf = Callable[..., User]
pytestmark = pytest.mark.usefixtures("in_force")
REASON = "The consignee could not be reached at its address."


@stays
def grant(in_force: None, exporter: User, organisation: Organisation) -> ProvisionalGrant:
    return relief.granted(exporter, organisation)


@pytest.fixture
def soon(grant: ProvisionalGrant):
    """An hour after the grant."""
    with journeys.at(grant.granted_at + timedelta(hours=1)):
        yield


def propose(officer_of: OfficerOf, case: Case, **details: object) -> Decision:
    return decisions.propose(
        actor=officer_of("DE", Role.DECIDER), case=Case.objects.get(pk=case.pk), **{**GRANT, **details}
    )


def happened(case: Case, type: str) -> list[Event]:
    return list(Event.objects.filter(aggregate=ref(case), type=type))


def test_where_nobody_answers_a_quarter_is_granted_until_it_is_confirmed(grant: ProvisionalGrant) -> None:
    case, licence = Case.objects.get(pk=grant.case_id), grant.licence
    asked = {item.line: item.quantity for item in case.revision.items.all()}
    assert case.status == "provisional"
    assert (grant.charter_key, grant.charter_version, grant.share) == ("humanitarian-16-8", "3", 25)
    assert licence.confirm_by == grant.granted_at + timedelta(hours=72)
    assert (licence.decision, licence.renewable, licence.provisional) == (None, False, True)
    for line in licence.lines.all():
        assert line.quantity == asked[line.line] // 4
    (told,) = happened(case, "provisional.granted")
    assert (told.actor_kind, told.subject_type, told.subject_id) == ("clock", "licence", str(licence.pk))
    assert told.facts["charter"] == "humanitarian-16-8 3"


def test_it_is_revoked_from_its_instant_on_although_no_tick_comes(grant: ProvisionalGrant) -> None:
    licence = grant.licence
    with relief.at_confirm_by(grant, microseconds=-1):
        assert standing(licence).status == "issued"
        assert licences.verification(licence.number).confirm_by == licence.confirm_by
    with relief.at_confirm_by(grant):
        assert Licence.objects.get(pk=licence.pk).status == "issued", "no tick came"
        assert standing(licence).status == "revoked"
        told = licences.verification(licence.number)
        assert (told.status, told.reason) == (
            "revoked",
            "It was provisional, and nobody confirmed it in time.",
        )


def test_what_nobody_confirms_is_repealed_and_the_case_waits_on_hold(grant: ProvisionalGrant) -> None:
    with relief.at_confirm_by(grant, hours=5):
        relief.tick()
    case = Case.objects.get(pk=grant.case_id)
    grant = ProvisionalGrant.objects.get(pk=grant.pk)
    assert (grant.status, grant.ended_at, grant.ended_by) == ("repealed", grant.licence.confirm_by, None)
    assert grant.licence.status == "revoked"
    assert (case.status, case.hold_owner) == ("on_hold", "Germany, decider")
    (told,) = happened(case, "provisional.repealed")
    assert (told.subject_type, told.subject_id) == ("licence", str(grant.licence_id))
    assert told.facts["reason"] == "Nobody confirmed it in time."
    assert DueInstant.objects.filter(aggregate=ref(case), state="open", kind="case.hold").exists()


@pytest.mark.usefixtures("soon")
def test_two_members_confirm_it_and_the_licence_covers_all(
    grant: ProvisionalGrant, officer_of: OfficerOf
) -> None:
    decision = propose(officer_of, grant.case)
    decisions.countersign(actor=officer_of("FR", Role.DECIDER), decision=decision)
    licence = Licence.objects.get(case=grant.case)
    assert licence.number == grant.licence.number
    assert (licence.status, licence.decision, licence.provisional) == ("issued", decision, False)
    asked = {item.line: item.quantity for item in grant.case.revision.items.all()}
    assert {line.line: line.quantity for line in licence.lines.all()} == asked
    assert Case.objects.get(pk=grant.case_id).status == "decided"
    with relief.at_confirm_by(grant, days=1):
        relief.tick()
        assert standing(licence).status == "issued"
    assert grant.licence.territory == ["DE"], "nobody else has consented yet"
    assert (licence.territory, licence.edition) == (["DE", "FR"], 2)
    (told,) = happened(grant.case, "provisional.confirmed")
    assert len(told.facts["confirmed_by"]) == 2


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("code", "role", "told"),
    [
        ("DE", Role.COUNTERSIGNER, "another member"),
        ("DE", Role.CRISIS_SEAT, "another member"),
        ("JP", Role.DECIDER, "with a stake"),
        ("FR", Role.COUNTERSIGNER, "Only a decider"),
        ("FR", Role.LICENSING_OFFICER, "Only a decider"),
    ],
)
def test_nobody_else_is_the_second_member(
    grant: ProvisionalGrant, officer_of: OfficerOf, code: str, role: str, told: str
) -> None:
    decision = propose(officer_of, grant.case)
    with pytest.raises(Forbidden, match=told):
        decisions.countersign(actor=officer_of(code, role), decision=decision)
    assert standing(Licence.objects.get(pk=grant.licence_id)).status == "issued"
    assert Licence.objects.get(pk=grant.licence_id).provisional


@pytest.mark.usefixtures("soon")
def test_where_no_other_member_has_a_stake_a_seat_of_the_crisis_unit_confirms(
    grant: ProvisionalGrant, officer_of: OfficerOf
) -> None:
    grant.case.stakes.all().delete()
    decision = propose(officer_of, grant.case)
    with pytest.raises(Forbidden, match="crisis unit"):
        decisions.countersign(actor=officer_of("FR", Role.DECIDER), decision=decision)
    decisions.countersign(actor=officer_of("JP", Role.CRISIS_SEAT), decision=decision)
    assert not Licence.objects.get(pk=grant.licence_id).provisional


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("code", ["DE", "FR"])
def test_one_member_that_refuses_ends_it_at_once(
    grant: ProvisionalGrant, officer_of: OfficerOf, code: str
) -> None:
    pending = propose(officer_of, grant.case)
    provisional.refuse(actor=officer_of(code, Role.DECIDER), grant=grant, reason=REASON)
    licence = Licence.objects.get(pk=grant.licence_id)
    assert (standing(licence).status, licence.status_reason) == ("revoked", REASON)
    case = Case.objects.get(pk=grant.case_id)
    assert case.status == "on_hold"
    assert Decision.objects.get(pk=pending.pk).status == "lapsed"
    with pytest.raises(Conflict):
        decisions.countersign(actor=officer_of("FR", Role.DECIDER), decision=pending)
    refused = propose(
        officer_of, case, kind="refuse", ground_code="C4", reasons_for_exporter="The consignee is not there."
    )
    assert refused.kind == "refuse"


@pytest.mark.usefixtures("soon")
def test_refusing_needs_the_right_person_and_a_reason(grant: ProvisionalGrant, officer_of: OfficerOf) -> None:
    for code, role in (("JP", Role.DECIDER), ("FR", Role.LICENSING_OFFICER), ("DE", Role.COUNTERSIGNER)):
        with pytest.raises(Forbidden):
            provisional.refuse(actor=officer_of(code, role), grant=grant, reason=REASON)
    with pytest.raises(Invalid) as error:
        provisional.refuse(actor=officer_of("DE", Role.DECIDER), grant=grant, reason="No.")
    assert list(error.value.fields) == ["reason"]
    assert Case.objects.get(pk=grant.case_id).status == "provisional"


@pytest.mark.usefixtures("soon")
def test_while_it_waits_nothing_else_is_decided_and_less_is_not_confirmed(
    grant: ProvisionalGrant, officer_of: OfficerOf, exporter: User
) -> None:
    with pytest.raises(Blocked) as error:
        propose(
            officer_of, grant.case, kind="refuse", ground_code="C4", reasons_for_exporter="It is not there."
        )
    assert "confirmed, or its confirmation refused" in error.value.blockers[0]
    with pytest.raises(Invalid) as invalid:
        propose(officer_of, grant.case, kind="grant_in_part", items=[{"line": 1, "quantity": "0.5"}])
    assert "at least" in invalid.value.fields["items"][0]
    with pytest.raises(Conflict):
        licences.revoke(actor=officer_of("DE", Role.DECIDER), licence=grant.licence, reason="No longer.")
    with pytest.raises(Conflict):
        licences.surrender(actor=exporter, licence=grant.licence, reason="No longer.")


@pytest.mark.usefixtures("soon")
def test_an_exporter_that_withdraws_gives_it_back(grant: ProvisionalGrant, exporter: User) -> None:
    applications.withdraw(actor=exporter, application=grant.case.application)
    assert standing(Licence.objects.get(pk=grant.licence_id)).status == "revoked"
    assert Case.objects.get(pk=grant.case_id).status == "withdrawn"
    assert not DueInstant.objects.filter(aggregate=ref(grant.case), state="open").exists()


@pytest.mark.usefixtures("soon")
def test_what_left_whole_before_can_be_used_again_once_it_is_confirmed(
    grant: ProvisionalGrant, officer_of: OfficerOf
) -> None:
    licences.mark_exhausted(actor=officer_of("DE", Role.DECIDER), licence=grant.licence, reason="All left.")
    decisions.countersign(actor=officer_of("FR", Role.DECIDER), decision=propose(officer_of, grant.case))
    assert standing(Licence.objects.get(pk=grant.licence_id)).status == "issued"


def test_what_left_whole_and_is_not_confirmed_is_revoked_all_the_same(
    grant: ProvisionalGrant, officer_of: OfficerOf
) -> None:
    with journeys.at(grant.granted_at + timedelta(hours=1)):
        licences.mark_exhausted(
            actor=officer_of("DE", Role.DECIDER), licence=grant.licence, reason="All left."
        )
    with relief.at_confirm_by(grant):
        assert standing(Licence.objects.get(pk=grant.licence_id)).status == "revoked"
        relief.tick()
    assert Licence.objects.get(pk=grant.licence_id).status == "revoked"


def test_a_suspended_one_is_confirmed_only_once_it_is_valid_again(
    grant: ProvisionalGrant, officer_of: OfficerOf
) -> None:
    with journeys.at(grant.granted_at + timedelta(hours=1)):
        decision = propose(officer_of, grant.case)
        decider, second = officer_of("DE", Role.DECIDER), officer_of("FR", Role.DECIDER)
        licences.suspend(actor=decider, licence=grant.licence, reason="A report came in.")
        with pytest.raises(Conflict, match="suspended"):
            decisions.countersign(actor=second, decision=decision)
        licences.reinstate(actor=decider, licence=grant.licence, reason="The report was wrong.")
        decisions.countersign(actor=second, decision=decision)
    assert Licence.objects.get(pk=grant.licence_id).decision == decision


def test_those_who_confirm_ask_the_exporter_and_the_clock_goes_on(
    grant: ProvisionalGrant, officer_of: OfficerOf, exporter: User
) -> None:
    case, first, second = (
        Case.objects.get(pk=grant.case_id),
        officer_of("DE", Role.DECIDER),
        officer_of("FR", Role.DECIDER),
    )
    ask = {"case": case, "reason_code": "clarification", "question": "Who meets the goods at the port?"}
    with journeys.at(grant.granted_at + timedelta(hours=1)):
        for nobody in (officer_of("DE"), officer_of("FR"), officer_of("JP", Role.DECIDER)):
            with pytest.raises(Forbidden):
                information.ask(actor=nobody, **ask)
        for changes, field in (
            ({"reason_code": "missing_document"}, "reason_code"),
            ({"sections": ["items"]}, "sections"),
        ):
            with pytest.raises(Invalid) as error:
                information.ask(actor=first, **{**ask, **changes})
            assert list(error.value.fields) == [field]
        asked = information.ask(actor=second, days=30, **ask)
        assert grant.licence.confirm_by is not None
        assert timedelta() <= grant.licence.confirm_by - asked.due_at < timedelta(seconds=1)
        assert (Case.objects.get(pk=case.pk).status, case.stops.count()) == ("provisional", 0)
        information.answer(actor=exporter, request=asked, answer="Our own engineer does.")
        run_deliveries()
        for person in (first, second):
            assert Notice.objects.filter(recipient=person, subject__contains="exporter answered").exists()
            told = selectors.told(person, Case.objects.get(pk=case.pk))
            assert told is not None
            assert (bool(told.may_ask), [one.answer for one in told.questions]) == (
                True,
                ["Our own engineer does."],
            )
    with relief.at_confirm_by(grant):
        relief.tick()
    assert ProvisionalGrant.objects.get(pk=grant.pk).status == "repealed"


# What bars it ----------------------------------------------------------------------------------------------


def bar(case: Case, officer_of: OfficerOf, what: str) -> None:
    from licensing.services import cases

    if what == "critical":
        Case.objects.filter(pk=case.pk).update(critical=True)
    elif what == "stopped":
        case.assessments.update(hard_stops=[{"code": "embargo", "reason": "The end-user is barred."}])
    elif what == "unverified":
        owed(case.application.organisation)
    elif what == "requirement":
        cases.require_for_decision(
            case=case, kind="guidance", source_ref="x", sentence="The crisis unit asked to be heard."
        )


def owed(organisation: Organisation, *, confirmed: bool = False) -> None:
    """A delivery past its date: unverified, or confirmed an hour too late."""
    due = clock.now() - timedelta(days=3)
    allowances.expect(holder=organisation, source_ref="shipment:1", label="SH-OLD1", due_at=due)
    if confirmed:
        allowances.confirmed(source_ref="shipment:1", at=due + timedelta(hours=1))


@pytest.mark.parametrize(
    ("what", "because"),
    [
        ("critical", ""),
        ("stopped", "The end-user is barred."),
        ("requirement", "The crisis unit asked to be heard."),
        ("unverified", "unverified: SH-OLD1. Confirm these deliveries"),
    ],
)
def test_what_is_barred_lapses_to_the_dated_hold(
    exporter: User, organisation: Organisation, officer_of: OfficerOf, what: str, because: str
) -> None:
    case = relief.file(exporter, organisation)
    bar(case, officer_of, what)
    case = relief.fall_silent(case)
    assert (case.status, case.hold_owner) == ("on_hold", "Germany, decider")
    assert not Licence.objects.filter(case=case).exists()
    (held,) = happened(case, "case.held")
    assert because in held.facts["reason"]
    assert case.requirements.filter(kind="tier_answer", satisfied_at__isnull=True).exists()


def test_an_objection_bars_it_although_the_rest_is_silent(
    exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    from licensing.models import Consultation
    from licensing.services import positions
    from tests.licensing.conftest import OBJECTION

    case = relief.file(exporter, organisation)
    asked = Consultation.objects.get(case=case, jurisdiction="US")
    positions.take(actor=officer_of("US"), consultation=asked, **{**OBJECTION, "binding": False})
    run_deliveries()
    case = relief.fall_silent(case)
    assert case.status == "on_hold"
    assert "US (Trade) objects" in happened(case, "case.held")[0].facts["reason"]


def test_nothing_is_left_of_a_single_piece(exporter: User, organisation: Organisation) -> None:
    content = journeys.dossier()["items"]
    for item in content:
        item |= {"quantity": "3", "serial_numbers": []}
    case = relief.fall_silent(relief.file(exporter, organisation, items=content))
    assert case.status == "on_hold"
    assert "Of no line is anything" in happened(case, "case.held")[0].facts["reason"]


def test_a_case_has_one_provisional_grant_and_then_people_decide(
    grant: ProvisionalGrant, officer_of: OfficerOf
) -> None:
    with relief.at_confirm_by(grant):
        relief.tick()
    case = Case.objects.get(pk=grant.case_id)
    assert case.hold_until is not None
    with journeys.at(case.hold_until):
        relief.tick()
        case = Case.objects.get(pk=case.pk)
        assert (case.status, case.round, case.tier) == ("in_review", 2, 0)
    case = relief.fall_silent(case)
    assert case.status == "on_hold"
    assert ProvisionalGrant.objects.filter(case=case).count() == 1


# The database ----------------------------------------------------------------------------------------------


def test_the_database_refuses_what_no_service_would_do(grant: ProvisionalGrant) -> None:
    licence = Licence.objects.filter(pk=grant.licence_id)
    for change in (
        {"confirm_by": grant.licence.issued_at + timedelta(days=20)},
        {"confirm_by": None},
        {"confirmed_at": clock.now()},
        {"valid_until": grant.licence.valid_from + timedelta(days=40)},
        {"renewable": True},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            licence.update(**change)
    row = ProvisionalGrant.objects.filter(pk=grant.pk)
    for change in ({"share": 50}, {"lines": []}, {"charter_version": "4"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


def test_shares_are_rounded_down_to_what_can_be_licensed(grant: ProvisionalGrant) -> None:
    from exemptions.allowances import Record
    from exemptions.allowances import share_of as share_by
    from licensing.services.provisional import share_of

    for line in share_of(grant.case, 33, share_by(Record())):
        item = grant.case.revision.items.get(line=line["line"])
        quantity = Decimal(line["quantity"])
        assert quantity <= item.quantity * 33 / 100
        assert quantity == int(quantity) or item.unit not in ("NAR", "SET")


PERCENT, PIECES = st.integers(1, 100), st.decimals(0, 1_000_000, places=3)


@given(PIECES, st.integers(1, 50), PERCENT, st.sampled_from(["NAR", "KGM"]))
def test_an_allowance_never_gives_more_than_the_share_of_the_charter(
    quantity: Decimal, share: int, percent: int, unit: str
) -> None:
    from licensing.services.provisional import whole

    by_charter = whole(quantity * share / 100, unit)
    given_ = whole(Share(percent, (), 0, 0, ()).of(quantity * share / 100), unit)
    assert 0 <= given_ <= by_charter
    assert given_ == by_charter or percent < 100
    assert whole(Share(0, (), 0, 0, ("SH-1",)).of(quantity), unit) == 0


def test_a_provider_with_a_late_delivery_gets_less_and_everyone_reads_why(
    exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    owed(organisation, confirmed=True)
    items = journeys.dossier()["items"]
    items[0] |= {"quantity": "40", "serial_numbers": []}
    grant = relief.granted(exporter, organisation, items=items)
    assert (grant.share, grant.allowance, grant.lines) == (25, 90, [{"line": 1, "quantity": "9"}])
    (told,) = happened(grant.case, "provisional.granted")
    assert told.facts["allowance"] == 90
    assert Notice.objects.filter(recipient=exporter, text__contains="90 % of that").exists()
    with pytest.raises(DatabaseError, match="is kept"), transaction.atomic():
        ProvisionalGrant.objects.filter(pk=grant.pk).update(allowance=100)


@pytest.mark.parametrize(
    ("cap", "pieces", "uses"), [(96_000, "4", [24_000, 72_000]), (24_000, "1", [24_000])]
)
def test_a_waiver_counts_a_grant_once_and_the_rest_when_it_is_confirmed(
    exporter: User, organisation: Organisation, officer_of: OfficerOf, cap: int, pieces: str, uses: list[int]
) -> None:
    waiver = waivers.granted(waivers.with_plan(crises.in_force("DE", "FR")), organisation, cap=Decimal(cap))
    grant = relief.granted(exporter, organisation)
    with journeys.at(grant.granted_at + timedelta(hours=1)):
        if pieces != "4":  # all that was applied for does not fit any more
            first = propose(officer_of, grant.case)
            with pytest.raises(Blocked, match="cap of the waiver"):
                decisions.countersign(actor=officer_of("FR", Role.DECIDER), decision=first)
            decisions.send_back(
                actor=officer_of("FR", Role.DECIDER), decision=first, remark="It does not fit."
            )
        part = {"kind": "grant_in_part", "items": [{"line": 1, "quantity": pieces}]} if pieces != "4" else {}
        decision = propose(officer_of, grant.case, **part)
        decisions.countersign(actor=officer_of("FR", Role.DECIDER), decision=decision)
    assert [int(use.amount) for use in waiver.uses.order_by("pk")] == uses
    assert {use.licence_id for use in waiver.uses.all()} == {grant.licence_id}
    assert waived.used(waiver) == sum(line.value for line in grant.licence.lines.all())


def test_a_measure_of_a_crisis_bears_on_it_by_its_parties_and_ground(grant: ProvisionalGrant) -> None:
    from licensing.selectors.trades import trade_of_case, trade_of_licence

    assert grant.licence.decision is None
    of_case, of_licence = trade_of_case(grant.case), trade_of_licence(grant.licence)
    assert (of_licence.parties, of_licence.ground) == (of_case.parties, of_case.ground)
    assert of_licence.parties
