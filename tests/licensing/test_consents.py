"""A licence holds where members have consented; each later consent widens it, and nothing else does."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Blocked, Conflict, Forbidden, Invalid
from core.models import ref
from correspondence.models import Notice
from deadlines import services as deadlines
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.documents.licences import contents
from licensing.models import Case, Consent, Licence
from licensing.selectors import licences as selectors
from licensing.services import consents, licences, positions
from members.models import Ministry, Role, User
from tests import crises as crisis_makers
from tests import journeys
from tests.examples import examples
from tests.licensing.conftest import OBJECTION, Desk, OfficerOf
from tests.standing import stays
from tests.workbench.conftest import signed_in

__all__ = ["signed_in"]

WHY = "The goods are consolidated in its port before they leave."
ADVISORY = {name: value for name, value in OBJECTION.items() if name not in ("kind", "binding")}


@stays
def licence(desk: Desk) -> Licence:
    """Cameras, issued by Germany; France has consented, the United States objected without binding."""
    desk.answer("US", "object", **ADVISORY)
    desk.answer("FR")
    desk.reload()
    return desk.licence()


def again(licence: Licence) -> Licence:
    return Licence.objects.get(pk=licence.pk)


def status(licence: Licence, member: str = "") -> str:
    return licences.verification(licence.number, member=member).status


def test_silence_that_climbs_is_no_consent(drill: Desk) -> None:
    drill.answer("US")
    due = drill.consultation("FR").due_at
    with journeys.at(due):
        deadlines.tick()
        run_deliveries()
        drill.reload()
        for consultation in drill.case.consultations.filter(status="open"):
            seat = drill.officer_of("FR", Role.CRISIS_SEAT, ministry=consultation.ministry)
            positions.take(actor=seat, consultation=consultation, kind="no_objection")
        run_deliveries()
        drill.reload()
        assert drill.licence().territory == ["DE", "US"]


def test_a_later_consent_widens_it_without_a_new_application(
    licence: Licence, officer_of: OfficerOf, exporter: User
) -> None:
    customs = officer_of("US", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)
    assert (licence.territory, licence.edition) == (["DE", "FR"], 1)
    assert [status(licence, code) for code in ("", "DE", "FR", "US", "JP")] == [
        "valid", "valid", "valid", "not_valid_here", "not_valid_here",
    ]  # fmt: skip
    consents.consent(actor=officer_of("US", Role.DECIDER), licence=licence, reason="Seen, and agreed.")
    wider = again(licence)
    assert (wider.number, wider.territory, wider.edition) == (licence.number, ["DE", "FR", "US"], 2)
    assert status(licence, "US") == "valid"
    assert ["Edition", "2, in place of every earlier one"] in contents(wider)["rows"]
    event = Event.objects.get(type="licence.widened")
    assert (event.facts["member"], event.facts["edition"]) == ("US", 2)
    run_deliveries()
    for person in (exporter, customs):
        assert Notice.objects.filter(
            recipient=person, subject__contains="holds in United States too"
        ).exists()
    with pytest.raises(Forbidden, match="already"):
        consents.consent(actor=officer_of("US", Role.DECIDER), licence=licence, reason="Once more.")


@pytest.mark.parametrize("state", ["revoked", "surrendered", "expired", "exhausted"])
def test_what_is_over_stays_over_wherever_it_is_asked(
    licence: Licence, officer_of: OfficerOf, state: str
) -> None:
    Licence.objects.filter(pk=licence.pk)._update([(Licence._meta.get_field("status"), None, state)])
    assert {status(licence, code) for code in ("", "FR", "US")} == {state}
    with pytest.raises(Conflict, match="not over"):
        consents.consent(
            actor=officer_of("US", Role.DECIDER), licence=again(licence), reason="Seen, and agreed."
        )
    assert not selectors.acts(officer_of("US", Role.DECIDER), again(licence))


def test_a_suspended_one_is_not_valid_elsewhere_either(licence: Licence, officer_of: OfficerOf) -> None:
    licences.suspend(actor=officer_of("DE", Role.DECIDER), licence=licence, reason="Seen at the border.")
    assert (status(licence, "FR"), status(licence, "US")) == ("suspended", "not_valid_here")


def test_a_member_without_a_stake_is_asked_reads_the_case_and_answers(
    licence: Licence, officer_of: OfficerOf, exporter: User
) -> None:
    boss = officer_of("JP", Role.DECIDER)
    assert not Case.objects.visible_to(boss).exists()  # type: ignore[attr-defined]
    row = consents.ask(actor=exporter, licence=licence, member="jp", reason=WHY)
    assert Case.objects.visible_to(boss).get() == licence.case  # type: ignore[attr-defined]
    run_deliveries()
    assert Notice.objects.filter(recipient=boss, text__contains=WHY).exists()
    with pytest.raises(Conflict, match="asked already"):
        consents.ask(actor=exporter, licence=licence, member="JP", reason=WHY)
    consents.consent(actor=boss, licence=licence, reason="Our port, our watch.")
    customs = officer_of("JP", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)
    assert Licence.objects.visible_to(customs).get() == licence  # type: ignore[attr-defined]
    assert Consent.objects.get() == row
    assert again(licence).territory == ["DE", "FR", "JP"]
    assert not [due for due in deadlines.open_of(ref(licence.case)) if due.kind == consents.ANSWER]


def test_silence_never_widens_it_and_the_member_may_be_asked_again(licence: Licence, exporter: User) -> None:
    row = consents.ask(actor=exporter, licence=licence, member="JP", reason=WHY)
    assert row.due_at is not None
    assert row.due_at - row.asked_at > timedelta(days=13), "ten working days of the member asked"
    with journeys.at(row.due_at):
        deadlines.tick()
        row = Consent.objects.get()
        assert (row.status, row.ended_at) == ("lapsed", row.due_at)
        assert status(licence, "JP") == "not_valid_here"
        run_deliveries()
        assert Notice.objects.filter(recipient=exporter, subject__contains="no answer from Japan").exists()
        consents.ask(actor=exporter, licence=again(licence), member="JP", reason=WHY)


def test_a_consent_after_its_time_counts_as_one_that_nobody_asked_for(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    row = consents.ask(actor=exporter, licence=licence, member="JP", reason=WHY)
    boss = officer_of("JP", Role.DECIDER)
    assert row.due_at is not None
    with journeys.at(row.due_at):
        consents.consent(actor=boss, licence=licence, reason="Late, but agreed.")
        assert sorted(Consent.objects.values_list("status", flat=True)) == ["given", "lapsed"]
        assert "JP" in again(licence).territory


def test_declining_keeps_it_as_it_is_and_binds_nobody_for_ever(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    boss = officer_of("JP", Role.DECIDER)
    with pytest.raises(Forbidden, match="Nobody has asked"):
        consents.decline(actor=officer_of("US", Role.DECIDER), licence=licence, reason="Not with us.")
    consents.ask(actor=exporter, licence=licence, member="JP", reason=WHY)
    consents.decline(actor=boss, licence=licence, reason="The port is closed to such goods.")
    assert (again(licence).territory, again(licence).edition) == (["DE", "FR"], 1)
    run_deliveries()
    told = Notice.objects.get(recipient=exporter, subject__contains="shall not hold in Japan")
    assert "closed to such goods" in told.text
    consents.consent(actor=boss, licence=licence, reason="It is open again.")
    assert again(licence).territory == ["DE", "FR", "JP"]


def test_a_consent_is_taken_back_at_once_also_one_by_position(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    boss = officer_of("FR", Role.DECIDER)
    with pytest.raises(Invalid, match="reason"):
        consents.withdraw(actor=boss, licence=licence, reason=" ")
    consents.withdraw(actor=boss, licence=licence, reason="Cameras were found at the front.")
    assert (again(licence).territory, again(licence).edition) == (["DE"], 2)
    assert (status(licence), status(licence, "FR")) == ("valid", "not_valid_here")
    row = Consent.objects.get()
    assert (row.status, row.given_by, row.given_at) == ("withdrawn", None, licence.issued_at)
    consents.consent(actor=boss, licence=licence, reason="They were others'.")
    consents.withdraw(actor=boss, licence=licence, reason="They were ours after all.")
    assert again(licence).edition == 4
    with pytest.raises(Forbidden, match="issued"):
        consents.withdraw(actor=officer_of("DE", Role.DECIDER), licence=licence, reason="Not any more.")


def test_only_a_decider_in_person_speaks_for_a_member(
    licence: Licence, officer_of: OfficerOf, exporter: User
) -> None:
    for person in (
        exporter,
        officer_of("US"),
        officer_of("US", Role.COUNTERSIGNER),
        officer_of("DE", Role.DECIDER),
    ):
        with pytest.raises(Forbidden):
            consents.consent(actor=person, licence=licence, reason="Seen, and agreed.")
    with pytest.raises(Forbidden, match="Only the holder"):
        consents.ask(actor=officer_of("US", Role.DECIDER), licence=licence, member="JP", reason=WHY)
    assert again(licence).territory == ["DE", "FR"]


@pytest.mark.parametrize(
    ("given", "field"),
    [({"member": "XX"}, "member"), ({"member": "FR"}, "member"), ({"reason": "Port."}, "reason")],
)
def test_what_cannot_be_asked_is_named(
    licence: Licence, exporter: User, given: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as invalid:
        consents.ask(actor=exporter, licence=licence, **{"member": "JP", "reason": WHY, **given})
    assert list(invalid.value.fields) == [field]
    assert not Consent.objects.exists()


def test_a_measure_that_the_member_has_adopted_stands_in_the_way(
    licence: Licence, officer_of: OfficerOf
) -> None:
    crisis = crisis_makers.in_force("US", set_key=crisis_makers.a_set(effect="no_grant"))
    with pytest.raises(Blocked) as blocked:
        consents.consent(actor=officer_of("US", Role.DECIDER), licence=licence, reason="Seen, and agreed.")
    assert crisis.reference in blocked.value.blockers[0]
    assert status(licence) == "valid", "the issuer has not adopted it"


def test_customs_are_told_by_the_page_and_the_interface(
    licence: Licence, client: Client, signed_in, officer_of
) -> None:  # type: ignore[no-untyped-def]
    page = client.get(f"/verify/{licence.number}/", {"member": "US"}).content.decode()
    assert "This licence is not valid here" in page
    assert (
        client.get(f"/verify/{licence.number}/", {"member": "FR", "format": "json"}).json()["status"]
        == "valid"
    )
    wrong = client.get(f"/verify/{licence.number}/", {"member": "Q7", "format": "json"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["member"])
    assert client.get(f"/verify/{licence.number}/", {"member": "Q7"}).status_code == 422
    told = client.get(f"/api/v1/licences/{licence.number}/verification/", {"member": "us"}).json()
    assert (told["status"], told["territory"], told["edition"]) == ("not_valid_here", ["DE", "FR"], 1)
    customs = signed_in(officer_of("US", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS))
    assert "not valid here" in customs.get(f"/verify/{licence.number}/").content.decode()


def test_the_pages_ask_and_answer(licence: Licence, exporter: User, signed_in, officer_of) -> None:  # type: ignore[no-untyped-def]
    holder = signed_in(exporter)
    url = f"/licences/{licence.number}/widen/"
    assert url in holder.get(f"/licences/{licence.number}/").content.decode()
    assert holder.post(url, {"member": "", "reason": ""}).status_code == 422
    assert holder.post(url, {"member": "JP", "reason": WHY}).status_code == 302
    assert WHY in holder.get(f"/licences/{licence.number}/").content.decode()
    boss = signed_in(officer_of("JP", Role.DECIDER))
    page = f"/workbench/licences/{licence.number}/"
    assert f"{page}consent/" in boss.get(page).content.decode()
    assert boss.post(f"{page}consent/", {"reason": "Our port, our watch."}).status_code == 302
    shown = boss.get(page).content.decode()
    assert "edition 2" in shown
    assert f"{page}withdraw-consent/" in shown
    assert "Edition 2" in holder.get(f"/licences/{licence.number}/").content.decode()


@settings(
    max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["US", "FR", "JP"]), st.sampled_from(["ask", "yes", "no", "back"])),
        max_size=8,
    )
)
def test_whatever_the_order_it_holds_where_consent_stands(
    licence: Licence, exporter: User, officer_of, acts
) -> None:  # type: ignore[no-untyped-def]
    before = again(licence)
    edition = before.edition
    holds = set(before.territory)
    for code, act in acts:
        boss = officer_of(code, Role.DECIDER)
        try:
            match act:
                case "ask":
                    consents.ask(actor=exporter, licence=licence, member=code, reason=WHY)
                case "yes":
                    consents.consent(actor=boss, licence=licence, reason="Seen, and agreed.")
                    holds.add(code)
                    edition += 1
                case "no":
                    consents.decline(actor=boss, licence=licence, reason="Not with us.")
                case "back":
                    consents.withdraw(actor=boss, licence=licence, reason="Not any more.")
                    holds.discard(code)
                    edition += 1
        except (Forbidden, Conflict, Invalid):
            pass
        now = again(licence)
        assert (set(now.territory), now.edition) == (holds, edition)
        assert "DE" in now.territory
        for member in ("DE", "FR", "US", "JP"):
            assert (status(licence, member) == "valid") == (member in holds)


@pytest.mark.django_db(transaction=True)
def test_two_members_that_consent_at_once_both_widen_it(
    licence: Licence, officer_of: OfficerOf, exporter: User
) -> None:
    consents.ask(actor=exporter, licence=licence, member="JP", reason=WHY)
    people, start, failed = (
        [officer_of(code, Role.DECIDER) for code in ("US", "JP")],
        threading.Barrier(2),
        [],
    )

    def speak(person: User) -> None:
        try:
            start.wait()
            consents.consent(actor=person, licence=licence, reason="Seen, and agreed.")
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=speak, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert (again(licence).territory, again(licence).edition) == (["DE", "FR", "JP", "US"], 3)
