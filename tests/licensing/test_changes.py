"""Licences are amended and extended: two officers decide, members consent, and each change is an edition."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from core.errors import Blocked, Conflict, Forbidden, Invalid
from core.models import ref
from correspondence.models import Notice
from deadlines import services as deadlines
from enforcement.services import drawdown
from enforcement.terms import terms_of
from intelligence import services as intelligence
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing import amending
from licensing.documents.licences import contents
from licensing.models import Case, Licence, LicenceChange, LicenceCredential
from licensing.selectors.credentials import judged
from licensing.services import change_consents, change_decisions, changes, consents, credentials, licences
from members.models import Jurisdiction, Role, User
from screening.models import Hit
from tests import crises, journeys
from tests.enforcement.conftest import customs, declared, licence
from tests.enforcement.test_drawdown import reserved
from tests.licensing.conftest import Desk, OfficerOf, answered, desk
from tests.screening import raising

__all__ = ["answered", "desk", "licence"]
pytestmark = pytest.mark.usefixtures("in_force")
WHY = "The ship is delayed and the goods leave later."
SAID = "Seen against the file, and agreed."
LONGER = timedelta(days=90)


def again(licence: Licence) -> Licence:
    return Licence.objects.get(pk=licence.pk)


def extension(exporter: User, licence: Licence, days: timedelta = LONGER) -> LicenceChange:
    return changes.ask_extension(
        actor=exporter, licence=licence, valid_until=licence.valid_until + days, reason=WHY
    )


def amendment(exporter: User, licence: Licence, *wanted: tuple[str, str]) -> LicenceChange:
    asked = [{"path": path, "to": to} for path, to in wanted]
    return changes.ask_amendment(actor=exporter, licence=licence, changes=asked, reason=WHY)


def decided(officer_of: OfficerOf, change: LicenceChange, proposal: str = "grant") -> LicenceChange:
    change_decisions.recommend(
        actor=officer_of("DE"), change=change, proposal=proposal, remark=SAID, told=SAID
    )
    second = officer_of("DE", Role.COUNTERSIGNER)
    return change_decisions.decide(actor=second, change=LicenceChange.objects.get(pk=change.pk))


def agreed(officer_of: OfficerOf, change: LicenceChange, *members: str) -> None:
    for code in members:
        change_consents.agree(actor=officer_of(code, Role.DECIDER), change=change, reason=SAID)


def test_an_extension_holds_where_members_consent_in_a_new_edition(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    first = credentials.signed(licence, "vc+jwt")
    guard = customs()
    taken = reserved(guard, licence, 1)
    change = extension(exporter, licence)
    assert sorted(row.jurisdiction_id for row in change.consents.all()) == ["FR", "US"]
    agreed(officer_of, change, "FR")
    change_consents.decline(actor=officer_of("US", Role.DECIDER), change=change, reason="Not for so long.")
    decided(officer_of, change)
    longer = again(licence)
    assert (longer.number, longer.edition, longer.territory) == (licence.number, 2, ["DE", "FR"])
    assert longer.valid_until == licence.valid_until + LONGER
    assert (judged(first).code, judged(credentials.signed(longer, "vc+jwt")).code) == ("superseded", "valid")
    row = LicenceCredential.objects.get(licence=licence, edition=2)
    assert {one["member"]: one["by"] for one in row.claims["evidence"]} == {"DE": "decision", "FR": "consent"}
    assert licences.verification(licence.number, member="US").status == "not_valid_here"
    assert taken.licence.reservations.get().status == "reserved", "what is reserved goes on"
    (due,) = [one for one in deadlines.open_of(ref(licence.case)) if one.kind == licences.EXPIRY]
    with journeys.at(due.due_at - timedelta(hours=30)):
        assert licences.verification(licence.number).status == "valid"
    run_deliveries()
    assert Notice.objects.filter(recipient=exporter, subject__contains="extended").exists()
    assert Notice.objects.filter(recipient=guard, subject__contains="extended").exists()
    consents.consent(actor=officer_of("US", Role.DECIDER), licence=longer, reason="It is agreed after all.")
    assert again(licence).territory == ["DE", "FR", "US"]


def test_it_waits_for_members_and_silence_is_no_consent(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    change = extension(exporter, licence)
    change_decisions.recommend(actor=officer_of("DE"), change=change, proposal="grant", remark=SAID)
    change = LicenceChange.objects.get()
    with pytest.raises(Blocked) as blocked:
        change_decisions.decide(actor=officer_of("DE", Role.COUNTERSIGNER), change=change)
    assert [one.partition(" may still answer")[0] for one in blocked.value.blockers] == [
        "France", "United States",
    ]  # fmt: skip
    last = max(row.due_at for row in change.consents.all())
    with journeys.at(last):
        deadlines.tick()
        run_deliveries()
        assert Notice.objects.filter(recipient=exporter, subject__contains="no answer").count() == 2
        change_decisions.decide(actor=officer_of("DE", Role.COUNTERSIGNER), change=change)
    assert again(licence).territory == ["DE"]
    with transaction.atomic(), pytest.raises(DatabaseError, match="changes with its edition"):
        Licence.objects.filter(pk=licence.pk).update(territory=["DE", "FR"])


def test_the_database_refuses_an_extension_where_nobody_consented(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    change = extension(exporter, licence)
    change.recommend(officer_of("DE"))
    change.proposal = "grant"
    change.save()
    change.grant(officer_of("DE", Role.COUNTERSIGNER), 2)
    with pytest.raises(IntegrityError, match="where it was consented to"), transaction.atomic():
        change.save()
    change.decided_by = change.recommended_by
    with pytest.raises(IntegrityError, match="change_four_eyes"), transaction.atomic():
        change.save()
    with pytest.raises(DatabaseError, match="kept"), transaction.atomic():
        LicenceChange.objects.filter(pk=change.pk).update(changes=[])


def test_a_day_that_cannot_be_is_named(licence: Licence, exporter: User) -> None:
    for days in (0, -5, 600):
        with pytest.raises(Invalid) as invalid:
            extension(exporter, licence, timedelta(days=days))
        assert list(invalid.value.fields) == ["valid_until"]


def test_only_a_licence_that_holds_is_changed_and_one_request_waits(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    change = extension(exporter, licence)
    with pytest.raises(Conflict, match=change.reference):
        amendment(exporter, licence, ("national_reference", "BAFA-77"))
    licences.suspend(actor=officer_of("DE", Role.DECIDER), licence=licence, reason="Seen at the border.")
    assert changes.why_not(again(licence), "amendment").startswith("The licence is suspended")
    with pytest.raises(Blocked, match="cannot be granted"):
        decided(officer_of, change)
    licences.revoke(actor=officer_of("DE", Role.DECIDER), licence=licence, reason="Seen at the border.")
    change = LicenceChange.objects.get()
    assert (change.status, change.ended_because) == ("overtaken", "The licence is revoked.")
    assert {row.status for row in change.consents.all()} == {"closed"}
    assert not deadlines.open_of(ref(licence.case))
    with pytest.raises(Conflict, match="revoked"):
        extension(exporter, again(licence))
    Licence.objects.filter(pk=licence.pk)._update([(Licence._meta.get_field("status"), None, "issued")])
    short = again(licence)
    short.renewable = False
    assert "emergency request" in changes.why_not(short, "extension")
    assert changes.why_not(short, "amendment") == ""


def test_an_amendment_changes_the_dossier_the_licence_and_its_edition(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    before = Case.objects.get(pk=licence.case_id).revision
    change = amendment(
        exporter,
        licence,
        ("parties[0].name", "Strait Combustion Laboratory"),
        ("parties[1].name", "Strait Combustion Laboratory"),
        ("parties[0].address", "10 Research Link, Singapore"),
        ("route.legs[0].origin", "FRMRS"),
        ("national_reference", "BAFA-77"),
        ("holder.address", "Uferstraße 2, 50667 Köln"),
        ("holder.contact_email", "export@rheinwerk.example"),
        ("lines[1].quantity", "3"),
    )
    assert Case.objects.get(pk=licence.case_id).revision == before, "nothing changes by asking"
    assert [one["before"] for one in change.changes][:2] == ["Straits Combustion Laboratory"] * 2
    assert not change.consents.exists(), "it widens nothing"
    decided(officer_of, change)
    now = again(licence)
    assert (now.edition, now.national_reference, now.territory) == (2, "BAFA-77", licence.territory)
    assert {one["name"] for one in now.parties} == {"Strait Combustion Laboratory"}
    assert (now.lines.get().quantity, now.lines.get().value) == (Decimal(3), licence.lines.get().value)
    case = Case.objects.get(pk=licence.case_id)
    assert case.revision == LicenceChange.objects.get().revision
    assert case.revision.legs.get().origin == "FRMRS"
    assert case.revision.parties.first().address.startswith("10 Research")
    assert "Uferstraße 2, 50667 Köln" in str(contents(now)["rows"])
    assert now.holder.contact_email == "export@rheinwerk.example"
    event = Event.objects.get(type="licence.amended")
    assert (event.facts["edition"], len(event.facts["changes"])) == (2, 8)


@pytest.mark.parametrize(
    ("path", "to", "at", "says"),
    [
        ("parties[0].name", "Gulf Dynamics Trading", "to", "another name"),
        ("parties[0].country", "MY", "path", "new application"),
        ("lines[1].quantity", "5", "to", "more than is licensed"),
        ("lines[1].quantity", "1.5", "to", "whole number"),
        ("lines[1].value", "96000.01", "to", "more than is licensed"),
        ("items[0].control_code", "6A004", "path", "new application"),
        ("route.legs[0].origin", "NLRTM", "to", "does not touch NL"),
        ("route.legs[0].origin", "SGSIN", "to", "starts in the country"),
        ("route.legs[0].mode", "balloon", "to", "Choose"),
        ("parties[0].address", "8", "to", "at least 5"),
        ("parties[9].name", "Nobody", "path", "new application"),
        ("lines[1].quantity", "4", "to", "so already"),
        ("lines[1].quantity", "4.0", "to", "so already"),
        ("colour", "red", "path", "no such field"),
        ("holder.name", "Another", "path", "new application"),
        ("holder.contact_email", "nobody", "to", "e-mail address"),
        ("parties[0].address", "8 Research\u202eLink", "to", "invisible"),
    ],
)
def test_what_is_material_or_wrong_is_named_at_its_field(path: str, to: str, at: str, says: str) -> None:
    found = amending.amended(present(), [{"path": path, "to": to}])
    assert list(found.errors) == [f"changes[0].{at}"], found.errors
    assert says in found.errors[f"changes[0].{at}"][0]


class OneLine:
    line, quantity, unit, value, currency = 1, Decimal("4.000"), "NAR", Decimal("96000.00"), "EUR"


def present() -> amending.Present:
    own = {"address": "Uferstraße 1, 50667 Köln", "contact_email": "office@rheinwerk.example"}
    return amending.Present(journeys.dossier(), [OneLine()], "", own)  # type: ignore[list-item]


def test_every_field_that_is_offered_can_be_said_and_owners_name_whom_they_own() -> None:
    dossier = journeys.dossier()
    owner = {
        **dossier["parties"][0],
        "role": "owner",
        "name": "Holding",
        "owns": "straits  combustion laboratory",
    }
    dossier["parties"].append({**owner, "share": "60"})
    found = amending.amended(
        amending.Present(dossier, [], ""),
        [{"path": f"parties[{n}].name", "to": "Straits Combustion Laboratories"} for n in (0, 1)],
    )
    assert not found.errors
    assert found.dossier is not None
    assert found.dossier["parties"][2]["owns"] == "Straits Combustion Laboratories"
    for path, _whose, label, said in amending.fields(present()):
        assert label != path
        assert amending.said(path, present()) == said


def test_a_new_name_is_screened_before_it_is_on_a_licence(
    licence: Licence, exporter: User, officer_of: OfficerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real = change_decisions.rescreening.rescreen

    def watched(**given: Any) -> Any:
        seen.extend(party.name for party in given["further"])
        return real(**given)

    monkeypatch.setattr(change_decisions.rescreening, "rescreen", watched)
    change = amendment(exporter, licence, ("parties[0].name", "Straits Combustion Laboratori"))
    change_decisions.recommend(actor=officer_of("DE"), change=change, proposal="grant", remark=SAID)
    assert seen == ["Straits Combustion Laboratori"]
    raising.load()
    raising.raise_one(ref(licence.case))
    change = LicenceChange.objects.get()
    second = officer_of("DE", Role.COUNTERSIGNER)
    with pytest.raises(Blocked, match="cannot be granted"):
        change_decisions.decide(actor=second, change=change)
    assert again(licence).edition == 1
    assert Hit.objects.filter(case_ref=ref(licence.case)).exists()


def test_it_covers_no_less_than_is_taken(licence: Licence, exporter: User, officer_of: OfficerOf) -> None:
    change = amendment(exporter, licence, ("lines[1].quantity", "2"))
    reserved(customs(), licence, 3)
    with pytest.raises(Blocked) as blocked:
        decided(officer_of, change)
    assert blocked.value.blockers == ["Of line 1 3 is taken already: it cannot cover less."]
    with pytest.raises(IntegrityError, match="at least what is taken"), transaction.atomic():
        licence.lines.update(quantity=2)


def test_lowered_to_what_is_drawn_it_exhausts_itself(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    guard = customs()
    drawdown.confirm(actor=guard, reservation=reserved(guard, licence, 3))
    decided(officer_of, amendment(exporter, licence, ("lines[1].quantity", "3")))
    assert again(licence).status == "issued"
    run_deliveries()
    assert again(licence).status == "exhausted"


def test_denials_and_measures_since_stand_against_an_extension(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    change = extension(exporter, licence)
    agreed(officer_of, change, "FR", "US")
    intelligence.record_denial(
        actor=officer_of("FR", Role.DECIDER),
        source_ref="decision:0",
        jurisdiction=Jurisdiction.objects.get(code="FR"),
        parties=[party.shared_party for party in licence.case.revision.parties.all()],
        control_codes=["6A003"],
        destination="SG",
        ground_code="C4",
        summary="Risk of diversion.",
    )
    crises.in_force("DE", set_key=crises.a_set(effect="no_grant"))
    found = change_decisions.blockers(change)
    assert [words for one in found for words in ("resembles the denial", "The crisis") if words in one] == [
        "resembles the denial", "The crisis",
    ]  # fmt: skip
    with pytest.raises(Blocked, match="cannot be granted"):
        decided(officer_of, change)
    assert again(licence).edition == 1


def test_two_officers_of_the_issuer_decide_and_nobody_else(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    change = extension(exporter, licence)
    boss = officer_of("DE", Role.DECIDER)
    for person in (exporter, officer_of("FR", Role.DECIDER), officer_of("DE", Role.COUNTERSIGNER)):
        with pytest.raises(Forbidden):
            change_decisions.recommend(actor=person, change=change, proposal="grant", remark=SAID)
    change_decisions.recommend(actor=boss, change=change, proposal="refuse", remark=SAID, told=SAID)
    change = LicenceChange.objects.get()
    with pytest.raises(Forbidden, match="another person"):
        change_decisions.decide(actor=boss, change=change)
    change_decisions.send_back(actor=officer_of("DE", Role.COUNTERSIGNER), change=change, remark=SAID)
    change = LicenceChange.objects.get()
    assert (change.status, change.recommended_by, change.proposal) == ("asked", None, "")
    with pytest.raises(Invalid) as invalid:
        change_decisions.recommend(actor=boss, change=change, proposal="refuse", remark="No.", told="")
    assert sorted(invalid.value.fields) == ["remark", "told"]
    decided(officer_of, change, "refuse")
    assert (again(licence).edition, LicenceChange.objects.get().status) == (1, "refused")
    run_deliveries()
    assert SAID in Notice.objects.get(recipient=exporter, subject__contains="refused").text
    with pytest.raises(Forbidden):
        changes.withdraw(actor=exporter, change=change)
    again_asked = extension(exporter, licence)
    changes.withdraw(actor=exporter, change=again_asked)
    assert sorted(LicenceChange.objects.values_list("status", flat=True)) == ["refused", "withdrawn"]


def test_an_answer_that_is_late_is_called_for_and_nothing_is_granted(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    boss = officer_of("DE", Role.DECIDER)
    change = amendment(exporter, licence, ("national_reference", "BAFA-77"))
    with journeys.at(change.due_at):
        deadlines.tick()
        run_deliveries()
        assert Notice.objects.filter(recipient=boss, subject__contains="overdue").exists()
        assert (LicenceChange.objects.get().status, again(licence).edition) == ("asked", 1)
        decided(officer_of, change)
    assert again(licence).national_reference == "BAFA-77"


def test_a_member_that_left_meanwhile_is_neither_waited_for_nor_left_out_twice(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    change = extension(exporter, licence)
    agreed(officer_of, change, "FR")
    gone = consents.withdraw(actor=officer_of("US", Role.DECIDER), licence=licence, reason="Not any more.")
    assert gone.territory == ["DE", "FR"]
    decided(officer_of, change)
    assert again(licence).territory == ["DE", "FR"]
    assert licence.consents.filter(jurisdiction="US").count() == 1, "it has taken its consent back once"
    assert Event.objects.get(type="licence.extended").facts["left_out"] == []


def test_a_shipment_keeps_the_name_that_its_consignee_had_when_it_was_declared(
    answered: Desk, exporter: User, officer_of: OfficerOf
) -> None:
    licence = answered.licence(conditions=[{"code": "consignee_only"}])
    shipment = declared(exporter, licence)
    names = [(f"parties[{number}].name", "Strait Combustion Laboratory") for number in (0, 1)]
    decided(officer_of, amendment(exporter, licence, *names))
    assert [term.status for term in terms_of(again(licence), shipment)] == ["met"]
