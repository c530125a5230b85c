"""Intermediaries that stand in several cases, and what authorities outside the alliance are told of them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from core import clock
from core.errors import Conflict, Forbidden, Invalid
from core.models import ref
from correspondence.models import Notice
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation import intermediaries as reading
from escalation.models import LiaisonDownload, LiaisonPackage, SharedIntermediary
from escalation.policies import liaison as policies
from escalation.services import intermediaries as flags
from escalation.services import liaison
from intelligence.models import SharedParty
from ledger.models import Event, FeedEntry
from ledger.testing import run_deliveries
from licensing.models import Case
from licensing.services import applications
from members.models import Jurisdiction, Organisation, Role, User
from tests import factories, journeys
from tests.licensing.conftest import Desk, OfficerOf, desk
from tests.standing import stays

__all__ = ["desk"]
BROKER = "Gulf Bridge Trading"
PRICE = "96000.00"


def dossier(name: str = BROKER, role: str = "intermediary", **party: Any) -> dict[str, Any]:
    content = journeys.dossier()
    between = {**content["parties"][0], "role": role, "name": name, "country": "AE", **party}
    between["address"] = "Dock 7, Dubai"
    content["parties"].append(between)
    return content


@stays
def japanese(in_force: None, japan: Jurisdiction) -> tuple[Organisation, User]:
    """A Japanese exporter, whose goods are in Japan: a case of its own that no German officer sees."""
    organisation: Organisation = factories.OrganisationFactory(jurisdiction=japan, name="Kansai Seimitsu KK")
    return organisation, factories.exporter_of(organisation)


def file_there(japanese: tuple[Organisation, User], content: dict[str, Any]) -> Case:
    organisation, person = japanese
    content["route"] = {
        "goods_location": "JP",
        "legs": [{"origin": "JPTYO", "destination": "SGSIN", "mode": "sea"}],
    }
    content["items"][0]["components_from"] = []
    return journeys.file(person, organisation, content)


@stays
def pair(
    japanese: tuple[Organisation, User], exporter: User, organisation: Organisation
) -> tuple[Case, Case]:
    """A German and a Japanese case in which the same broker stands."""
    german = journeys.file(exporter, organisation, dossier())
    return german, file_there(japanese, dossier(BROKER.upper() + " LLC", "purchaser"))


# Flags ---------------------------------------------------------------------------------------------------


def test_both_cases_are_flagged_once_and_both_leads_are_told(
    pair: tuple[Case, Case], officer_of: OfficerOf
) -> None:
    german, there = pair
    assert set(SharedIntermediary.objects.values_list("case", flat=True)) == {german.pk, there.pk}
    for case, leads in ((german, ["JP"]), (there, ["DE"])):
        (event,) = Event.objects.filter(type="intermediary.shared", aggregate=ref(case))
        assert event.facts["leads"] == leads
        assert "name" not in json.dumps(event.facts)
        assert BROKER not in json.dumps(event.facts)
        heard = set(FeedEntry.objects.filter(event=event).values_list("audience", flat=True))
        assert not any(key.startswith("organisation:") for key in heard)
        assert f"jurisdiction:{case.lead_id}" in heard
    for case in pair:
        flags.flag(case_id=case.pk)
    assert Event.objects.filter(type="intermediary.shared").count() == 2


def test_the_officers_of_the_lead_read_a_notice(
    in_force: None, exporter: User, organisation: Organisation, japanese: Any, officer_of: OfficerOf
) -> None:
    officer, other = officer_of("DE"), officer_of("FR")
    german = journeys.file(exporter, organisation, dossier())
    assert not Notice.objects.filter(recipient=officer, subject__contains="intermediary").exists()
    file_there(japanese, dossier())
    run_deliveries()
    notice = Notice.objects.get(recipient=officer, subject__contains="intermediary")
    assert notice.path.endswith(f"{german.reference}/parties/")
    assert "led by JP" in notice.text
    assert not Notice.objects.filter(recipient=other, subject__contains="intermediary").exists()


def test_what_does_not_count(
    in_force: None, exporter: User, organisation: Organisation, japanese: Any
) -> None:
    journeys.file(exporter, organisation, dossier())
    journeys.file(exporter, organisation, dossier())  # the same lead and the same exporter
    file_there(japanese, dossier("Another Broker"))
    file_there(japanese, dossier(role="end_user"))  # it receives the goods there
    assert not SharedIntermediary.objects.exists()
    second = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
    journeys.file(factories.exporter_of(second), second, dossier(role="carrier"))
    assert SharedIntermediary.objects.count() == 3  # another exporter of the same lead, with each of the two


def test_a_case_that_was_withdrawn_counts_no_more_and_a_live_licence_does(
    in_force: None, exporter: User, organisation: Organisation, japanese: Any, officer_of: OfficerOf
) -> None:
    gone = journeys.file(exporter, organisation, dossier())
    applications.withdraw(actor=exporter, application=gone.application)
    licensed = Desk(journeys.file(exporter, organisation, dossier()), officer_of)
    licensed.answer_all()
    licensed.reload()
    licence = licensed.licence()
    there = file_there(japanese, dossier())
    flagged = set(SharedIntermediary.objects.values_list("case", flat=True))
    assert flagged == {licensed.case.pk, there.pk}
    (shared,) = reading.shared_in(officer_of("JP"), there)
    assert len(shared.elsewhere) == 1
    with journeys.at(clock.now() + timedelta(days=400)):
        assert licence.valid_until < clock.today()
        assert reading.shared_in(officer_of("JP"), there) == []


def test_a_foreign_case_is_named_only_to_those_who_may_read_it(
    pair: tuple[Case, Case], officer_of: OfficerOf
) -> None:
    german, there = pair
    (seen,) = reading.shared_in(officer_of("DE"), german)
    assert [str(one) for one in seen.elsewhere] == ["another case led by Japan"]
    (seen,) = reading.shared_in(officer_of("DE", Role.AUDITOR), german)
    assert [str(one) for one in seen.elsewhere] == [f"{there.reference} (Japan)"]
    page = signed_in(officer_of("DE")).get(f"/workbench/cases/{german.reference}/parties/").content.decode()
    assert "another case led by Japan" in page
    assert there.reference not in page
    assert "Kansai" not in page


def test_the_parties_page_takes_as_many_queries_for_one_other_case_as_for_three(
    pair: tuple[Case, Case],
    japanese: Any,
    officer_of: OfficerOf,
    django_assert_max_num_queries: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    german, officer = pair[0], officer_of("DE")
    officer = User.objects.select_related("authority").get(pk=officer.pk)
    assert officer.roles
    for _number in range(2):
        file_there(japanese, dossier())
    case = Case.objects.select_related("application", "revision", "lead").get(pk=german.pk)
    with django_assert_max_num_queries(5):
        (seen,) = reading.shared_in(officer, case)
    assert (len(seen.elsewhere), seen.more) == (3, 0)
    monkeypatch.setattr(reading, "LISTED", 2)
    (seen,) = reading.shared_in(officer, case)
    assert (len(seen.elsewhere), seen.more) == (2, 1)
    with django_assert_max_num_queries(8):  # a forwarder may stand in hundreds: only what is new is written
        assert flags.flag(case_id=case.pk) == []


# The watch page ------------------------------------------------------------------------------------------


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_seats_of_the_unit_and_auditors_watch_and_nobody_else(
    pair: tuple[Case, Case], officer_of: OfficerOf
) -> None:
    (one,) = reading.watched(officer_of("US", Role.CRISIS_SEAT))
    assert (one.count, one.exporters, one.by_lead) == (2, 2, {"Germany": 1, "Japan": 1})
    assert one.roles == ["Intermediary", "Purchaser"]
    assert [case.reference for case in one.cases] == [pair[0].reference, ""]  # components are from the US
    page = signed_in(officer_of("US", Role.CRISIS_SEAT)).get("/workbench/intermediaries/").content.decode()
    assert BROKER in page
    assert "<svg" in page
    assert "another case led by Japan" in page
    assert signed_in(officer_of("US", Role.AUDITOR)).get("/workbench/intermediaries/").status_code == 200
    assert signed_in(officer_of("US", Role.DECIDER)).get("/workbench/intermediaries/").status_code == 403


# Liaison packages ----------------------------------------------------------------------------------------


def terms(**more: Any) -> dict[str, Any]:
    return {
        "party": more.get("party") or SharedParty.objects.get(normalised="gulf bridge trading"),
        "authority": "Federal Customs Office of the Emirates",
        "country": "AE",
        "purpose": "To check whether goods that it declares for Singapore arrive there.",
        "legal_basis": "Memorandum on customs cooperation, Article 4",
        "valid_until": clock.today() + timedelta(days=30),
        **more,
    }


def released(officer_of: OfficerOf) -> tuple[LiaisonPackage, User]:
    author, second = officer_of("DE", Role.CRISIS_SEAT), officer_of("US", Role.CRISIS_SEAT)
    package = liaison.propose(actor=author, **terms())
    return liaison.release(actor=second, package=package), author


def test_it_holds_the_public_identity_kinds_of_goods_and_destinations_and_nothing_else(
    pair: tuple[Case, Case], officer_of: OfficerOf
) -> None:
    package, _author = released(officer_of)
    content = package.content
    assert set(content) == {
        "format", "reference", "recipient", "purpose", "valid_until", "party", "trade", "handling",
    }  # fmt: skip
    assert content["party"] == {"name": BROKER, "country": "AE", "identifiers": []}
    assert content["trade"] == [{"category": "6", "destination": "SG", "title": "Sensors and lasers"}]
    text = json.dumps(content)
    german, there = pair
    for hidden in (
        german.reference, there.reference, german.application.organisation.name, "Kansai", PRICE, "6A003",
        "Straits", "Dock 7",
    ):  # fmt: skip
        assert hidden not in text
    for event in Event.objects.filter(type__startswith="liaison."):
        assert BROKER not in json.dumps(event.facts)
        assert set(FeedEntry.objects.filter(event=event).values_list("audience", flat=True)) == {
            "role:auditor", "role:crisis_unit",
        }  # fmt: skip


def test_a_seat_is_told_only_of_cases_it_may_read(pair: tuple[Case, Case], officer_of: OfficerOf) -> None:
    with pytest.raises(Invalid) as caught:
        liaison.propose(actor=officer_of("CA", Role.CRISIS_SEAT), **terms())
    assert "You may read none of the cases" in caught.value.fields["party"][0]


def test_two_persons_of_two_members_release_it(pair: tuple[Case, Case], officer_of: OfficerOf) -> None:
    author = officer_of("DE", Role.CRISIS_SEAT)
    package = liaison.propose(actor=author, **terms())
    for actor in (author, officer_of("DE", Role.CRISIS_SEAT), officer_of("US", Role.DECIDER)):
        with pytest.raises(Forbidden):
            liaison.release(actor=actor, package=package)
    with pytest.raises(Forbidden, match="Only a package that is released"):
        liaison.fetch(actor=author, package=package)
    liaison.release(actor=officer_of("US", Role.CRISIS_SEAT), package=package)
    with pytest.raises(IntegrityError), transaction.atomic():
        LiaisonPackage.objects.filter(pk=package.pk).update(released_by=author)
    assert not policies.can_propose(officer_of("DE", Role.DECIDER))
    assert not policies.can_propose(officer_of("DE", Role.CRISIS_SEAT, second_factor=False))


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"authority": " "}, "authority"),
        ({"country": "XX"}, "country"),
        ({"country": "FR"}, "country"),
        ({"country": "KP"}, "country"),
        ({"purpose": "because"}, "purpose"),
        ({"legal_basis": ""}, "legal_basis"),
        ({"valid_until": clock.today() + timedelta(days=120)}, "valid_until"),
        ({"valid_until": clock.today() - timedelta(days=2)}, "valid_until"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    pair: tuple[Case, Case], officer_of: OfficerOf, france: Jurisdiction, wrong: dict[str, Any], name: str
) -> None:
    with pytest.raises(Invalid) as caught:
        liaison.propose(actor=officer_of("DE", Role.CRISIS_SEAT), **terms(**wrong))
    assert set(caught.value.fields) == {name}
    assert not LiaisonPackage.objects.exists()


def test_natural_persons_and_parties_that_no_cases_share_are_not_told(
    in_force: None, exporter: User, organisation: Organisation, japanese: Any, officer_of: OfficerOf
) -> None:
    journeys.file(exporter, organisation, dossier("Amina Example", kind="person"))
    file_there(japanese, dossier("Amina Example", kind="person"))
    journeys.file(exporter, organisation, dossier("Lonely Broker"))
    seat = officer_of("DE", Role.CRISIS_SEAT)
    for name, said in (("amina example", "natural person"), ("lonely broker", "No cases")):
        with pytest.raises(Invalid) as caught:
            liaison.propose(actor=seat, **terms(party=SharedParty.objects.get(normalised=name)))
        assert said in caught.value.fields["party"][0]


def test_every_download_and_the_receipt_are_recorded_and_after_its_day_it_is_over(
    pair: tuple[Case, Case], officer_of: OfficerOf
) -> None:
    package, author = released(officer_of)
    for _number in range(2):
        handed = json.loads(liaison.fetch(actor=author, package=package))
    assert handed["sha256"] == package.sha256
    assert [one.person for one in package.downloads.all()] == [author, author]
    assert Event.objects.filter(type="liaison.fetched").count() == 2
    with pytest.raises(Invalid):
        liaison.confirm_receipt(actor=author, package=package, note="ok")
    package = liaison.confirm_receipt(actor=author, package=package, note="Desk officer, by letter 12/27.")
    with pytest.raises(Forbidden, match="recorded once"):
        liaison.confirm_receipt(actor=author, package=package, note="Once more, by letter.")
    due = DueInstant.objects.get(kind=liaison.EXPIRY)
    assert due.due_at == package.expires_at
    with journeys.at(package.expires_at):
        with pytest.raises(Conflict, match="has expired"):  # by its instant, before the clock's tick
            liaison.fetch(actor=author, package=package)
        deadlines.tick()
        assert LiaisonPackage.objects.get().status == "expired"
        assert Event.objects.filter(type="liaison.expired").count() == 1


def test_the_database_keeps_what_was_told_and_who_fetched_it(
    pair: tuple[Case, Case], officer_of: OfficerOf
) -> None:
    package, author = released(officer_of)
    liaison.fetch(actor=author, package=package)
    rows = LiaisonPackage.objects.filter(pk=package.pk)
    for change in (
        lambda: rows.update(content={**package.content, "purpose": "Something else."}),
        lambda: rows.update(expires_at=package.expires_at + timedelta(days=1)),
        lambda: rows.delete(),
        lambda: LiaisonDownload.objects.update(at=clock.now()),
        lambda: LiaisonDownload.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_from_the_watch_page_to_the_receipt_in_the_browser(
    pair: tuple[Case, Case], officer_of: OfficerOf
) -> None:
    author, second = (
        signed_in(officer_of("DE", Role.CRISIS_SEAT)),
        signed_in(officer_of("US", Role.CRISIS_SEAT)),
    )
    party = SharedParty.objects.get(normalised="gulf bridge trading")
    new = f"/workbench/intermediaries/{party.uid}/package/"
    assert "Sensors and lasers, bound for Singapore" in author.get(new).content.decode()
    day = clock.today() + timedelta(days=20)
    answers = {
        **{name: value for name, value in terms().items() if isinstance(value, str)},
        "valid_until-day": day.day, "valid_until-month": day.month, "valid_until-year": day.year,
    }  # fmt: skip
    assert author.post(new, {**answers, "country": "US"}).status_code == 422
    page = author.post(new, answers).headers["Location"]
    assert author.post(f"{page}release/").status_code == 403
    assert author.post(f"{page}file/").status_code == 403
    assert second.post(f"{page}release/").status_code == 302
    handed = author.post(f"{page}file/")
    assert handed.headers["Content-Disposition"].startswith("attachment")
    assert handed.json()["party"]["name"] == BROKER
    assert author.post(page, {"what": "received", "text": "no"}).status_code == 422
    assert (
        author.post(page, {"what": "received", "text": "By letter 12/27 of their desk."}).status_code == 302
    )
    shown = second.get(page).content.decode()
    assert "By letter 12/27" in shown
    assert second.post(page, {"what": "withdrawn", "text": "The purpose has gone away."}).status_code == 302
    assert author.post(f"{page}file/").status_code == 403
    assert author.get("/workbench/intermediaries/liaison/").status_code == 200
    assert signed_in(officer_of("DE")).get(page).status_code == 404
