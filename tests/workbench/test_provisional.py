"""The pages, documents and partners' view of a provisional grant say what it is, how much, and until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from correspondence.models import Notice
from licensing.documents.licences import contents
from licensing.models import Case, Licence, ProvisionalGrant
from licensing.selectors.queue import View, queue
from licensing.services import decisions
from members.models import Organisation, Role, User
from tests import journeys
from tests.escalation import relief
from tests.licensing.conftest import GRANT
from tests.standing import stays

OfficerOf = Callable[..., User]
SignedIn = Callable[[User], Client]
REASON = "The consignee could not be reached at its address."


@stays
def grant(in_force: None, exporter: User, organisation: Organisation) -> ProvisionalGrant:
    return relief.granted(exporter, organisation)


@pytest.fixture(autouse=True)
def _an_hour_later(grant: ProvisionalGrant):
    with journeys.at(grant.granted_at + timedelta(hours=1)):
        yield


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_case_says_how_much_was_granted_and_who_confirms(
    grant: ProvisionalGrant, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    officer = signed_in(officer_of("DE"))
    path = f"/workbench/cases/{grant.case.reference}/"
    assert "Granted provisionally" in page(officer, path)
    said = page(officer, path + "provisional/")
    for text in (
        "humanitarian-16-8, version 3",
        "25 %",
        "1 of 4 NAR",
        grant.licence.number,
        "Only a decider",
    ):
        assert text in said
    assert "Provisional" in page(officer, path + "licence/")


def test_a_decider_refuses_on_the_page_and_a_short_reason_is_kept(
    grant: ProvisionalGrant, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    path = f"/workbench/cases/{grant.case.reference}/provisional/"
    client = signed_in(officer_of("FR", Role.DECIDER))
    answer = client.post(path, {"reason": "Too short."})
    assert answer.status_code == 422
    assert "20 to 2,000 characters" in answer.content.decode()
    assert "Too short." in answer.content.decode()
    assert client.post(path, {"reason": REASON}).status_code == 302
    assert REASON in page(client, path)
    assert "On hold" in page(client, path)


def test_a_stranger_finds_no_page_and_nobody_else_can_refuse(
    grant: ProvisionalGrant, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    path = f"/workbench/cases/{grant.case.reference}/provisional/"
    assert signed_in(officer_of("JP")).get(path).status_code == 404
    assert signed_in(officer_of("FR")).post(path, {"reason": REASON}).status_code == 403
    assert Case.objects.get(pk=grant.case_id).status == "provisional"


def test_a_case_without_one_has_no_such_page(
    grant: ProvisionalGrant,
    officer_of: OfficerOf,
    signed_in: SignedIn,
    exporter: User,
    organisation: Organisation,
) -> None:
    other = relief.file(exporter, organisation)
    client = signed_in(officer_of("DE", Role.DECIDER))
    assert client.get(f"/workbench/cases/{other.reference}/provisional/").status_code == 404


def test_the_exporter_reads_what_happens_then(
    grant: ProvisionalGrant, exporter: User, signed_in: SignedIn
) -> None:
    client = signed_in(exporter)
    said = page(client, f"/licences/{grant.licence.number}/")
    for text in ("Provisional", "revoked by itself at", "25 %", "1 of 4 NAR", "withdraw the application"):
        assert text in said
    assert "Surrender this licence" not in said
    assert "Granted provisionally until" in page(client, f"/applications/{grant.case.application.reference}/")
    with relief.at_confirm_by(grant):
        said = page(signed_in(exporter), f"/licences/{grant.licence.number}/")
    assert "nobody confirmed it in time" in said


def test_anyone_who_verifies_it_is_told(grant: ProvisionalGrant, client: Client) -> None:
    path = f"/verify/{grant.licence.number}/"
    assert "It is provisional" in page(client, path)
    facts = client.get(path, {"format": "json"}).json()
    assert (facts["status"], facts["provisional"]) == ("valid", True)
    told = client.get(f"/api/v1/licences/{grant.licence.number}/verification/").json()
    assert told["provisional"] is True
    assert told["confirm_by"]
    with relief.at_confirm_by(grant):
        assert client.get(path, {"format": "json"}).json()["status"] == "revoked"


def test_the_document_says_so_until_it_is_confirmed(grant: ProvisionalGrant, officer_of: OfficerOf) -> None:
    told = contents(grant.licence)
    assert told["heading"] == "PROVISIONAL export licence"
    rows = dict(told["rows"])
    assert "unless it is confirmed" in rows["Provisional"]
    assert "Decided by two officers" not in rows
    confirm(grant, officer_of)
    told = contents(Licence.objects.get(pk=grant.licence_id))
    assert told["heading"] == "Individual export licence"
    assert "Provisional" not in dict(told["rows"])


def confirm(grant: ProvisionalGrant, officer_of: OfficerOf) -> None:
    case = Case.objects.get(pk=grant.case_id)
    decision = decisions.propose(actor=officer_of("DE", Role.DECIDER), case=case, **GRANT)
    decisions.countersign(actor=officer_of("FR", Role.DECIDER), decision=decision)


def test_the_queue_waits_for_the_lead_and_then_for_another_member(
    grant: ProvisionalGrant, officer_of: OfficerOf
) -> None:
    lead, french = officer_of("DE", Role.DECIDER), officer_of("FR", Role.DECIDER)
    signing, japanese = officer_of("DE", Role.COUNTERSIGNER), officer_of("JP", Role.DECIDER)

    def waits(user: User) -> bool:
        return any(case.waits_confirmation for case in queue(user, View.WAITING) if case.pk == grant.case_id)

    assert [waits(user) for user in (lead, french, japanese)] == [True, False, False]
    decisions.propose(actor=lead, case=Case.objects.get(pk=grant.case_id), **GRANT)
    assert [waits(user) for user in (lead, french, japanese)] == [False, True, False]
    assert not queue(signing, View.WAITING).filter(pk=grant.case_id).exists()


def test_whoever_has_to_know_is_told(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    decider, second = officer_of("DE", Role.DECIDER), officer_of("FR", Role.DECIDER)
    customs, stranger = officer_of("DE", Role.CUSTOMS_OFFICER), officer_of("JP", Role.DECIDER)
    grant = relief.granted(exporter, organisation)
    with relief.at_confirm_by(grant):
        relief.tick()

    def subjects(person: User) -> list[str]:
        rows = Notice.objects.filter(recipient=person, subject__contains=grant.licence.number)
        rows |= Notice.objects.filter(recipient=person, subject__contains=grant.case.reference)
        return [row.subject for row in rows]

    for person in (exporter, decider, second, customs):
        assert any("repealed" in subject for subject in subjects(person)), person
    assert any("confirm a provisional grant" in subject for subject in subjects(second))
    assert not any("licence issued" in subject for subject in subjects(exporter))
    assert subjects(stranger) == []
