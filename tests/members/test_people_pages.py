"""Pages of organisations, officers, invitations and the inbox."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from correspondence import services as correspondence
from correspondence.models import Notice
from members import services
from members.models import ApiClient, Invitation, Membership, Organisation, Role, User
from tests import factories
from tests.factories import AuthorityFactory, OrganisationFactory

OfficerOf = Callable[..., User]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PASSWORD = "korrektes pferd batterie"


def browser(user: User | None = None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend=BACKEND)
    return client


def summary(answer: Any) -> str:
    return answer.content.decode()


# --- an exporter's organisation


def test_registering_an_organisation_and_mending_mistakes(organisation: Organisation):
    person = factories.UserFactory()
    client = browser(person)
    answers = {
        "name": "Nordlicht GmbH",
        "jurisdiction": "DE",
        "address": "Hafen 1",
        "registration_number": organisation.registration_number,
        "contact_email": "a@b.example",
        "lei": "DEMO",
        "vat": "",
    }
    wrong = client.post("/organisation/register/", answers)
    assert wrong.status_code == 422
    assert "An LEI has 20 characters" in summary(wrong)
    taken = client.post("/organisation/register/", {**answers, "lei": ""})
    assert taken.status_code == 422
    assert "already registered" in summary(taken)
    made = client.post("/organisation/register/", {**answers, "lei": "", "registration_number": "HRB 77777"})
    assert made.status_code == 302
    assert "Waiting to be vetted" in summary(client.get(made["Location"]))


def test_an_officer_who_opens_the_registration_reads_why_not(officer_of: OfficerOf):
    assert "Officers do not register exporters" in summary(
        browser(officer_of("DE")).get("/organisation/register/")
    )


def test_an_administrator_invites_withdraws_and_removes(office: User, organisation: Organisation):
    client, at = browser(office), f"/organisation/{organisation.uid}/"
    invited = {"invite-name": "New", "invite-email": "new@x.example", "invite-membership_role": "exporter"}
    assert client.post(f"{at}invite/", invited).status_code == 302
    invitation = Invitation.objects.get()
    assert "new@x.example" in summary(client.get(at))
    assert client.post(f"{at}invitations/{invitation.uid}/withdraw/").status_code == 302
    member = factories.exporter_of(organisation)
    assert client.get(f"{at}members/{member.uid}/remove/").status_code == 200
    assert client.post(f"{at}members/{member.uid}/role/", {"role": "administrator"}).status_code == 302
    assert client.post(f"{at}members/{member.uid}/recover/").status_code == 302
    assert client.post(f"{at}members/{member.uid}/remove/").status_code == 302
    assert not User.objects.get(pk=member.pk).is_active


def test_the_secret_of_a_system_is_shown_once(office: User, organisation: Organisation):
    client, at = browser(office), f"/organisation/{organisation.uid}/"
    answer = client.post(f"{at}clients/", {"client-name": "ERP", "client-scopes": ["cases:read"]})
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    made = ApiClient.objects.get()
    assert made.client_id in summary(answer)
    assert made.client_id not in summary(client.get(at))
    assert client.post(f"{at}clients/{made.pk}/revoke/").status_code == 302


def test_a_member_without_office_sees_the_organisation_and_acts_on_nobody(
    exporter: User, office: User, organisation: Organisation
):
    client, at = browser(exporter), f"/organisation/{organisation.uid}/"
    assert client.get(at).status_code == 200
    invited = {"invite-name": "New", "invite-email": "new@x.example", "invite-membership_role": "exporter"}
    assert client.post(f"{at}invite/", invited).status_code == 403
    for act in ("role", "remove", "recover"):
        assert client.post(f"{at}members/{office.uid}/{act}/", {"role": "exporter"}).status_code == 403


def bare(answer: Any, organisation: Organisation) -> str:
    """The page without what differs from one answer to the next: nonces, tokens, the name that was asked for."""
    text = summary(answer).replace(str(organisation.uid), "")
    return re.sub(r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"', "", text)


def paths_of(organisation: Organisation, person: User) -> list[tuple[str, str]]:
    at, them = f"/organisation/{organisation.uid}/", f"members/{person.uid}"
    return [
        ("get", at),
        ("get", f"{at}correct/"),
        ("post", f"{at}invite/"),
        ("post", f"{at}invitations/{uuid4()}/withdraw/"),
        ("post", f"{at}{them}/role/"),
        ("get", f"{at}{them}/remove/"),
        ("post", f"{at}{them}/recover/"),
        ("post", f"{at}clients/"),
        ("post", f"{at}clients/1/revoke/"),
    ]


def test_a_foreign_organisation_answers_like_one_that_does_not_exist(
    organisation: Organisation, office: User, officer_of: OfficerOf
):
    stranger = factories.exporter_of(OrganisationFactory(), Membership.Role.ADMINISTRATOR)
    absent = OrganisationFactory.build(uid=uuid4())
    for user in (stranger, officer_of("FR"), officer_of("DE")):
        client = browser(user)
        for (method, path), (_method, nowhere) in zip(
            paths_of(organisation, office), paths_of(absent, office), strict=True
        ):
            there, gone = getattr(client, method)(path), getattr(client, method)(nowhere)
            assert (there.status_code, gone.status_code) == (404, 404), path
            assert bare(there, organisation) == bare(gone, absent), path


# --- a jurisdiction's exporters and officers


def test_an_officer_vets_on_a_page(officer_of: OfficerOf, organisation: Organisation):
    waiting = OrganisationFactory(jurisdiction=organisation.jurisdiction, status="applied", vetted_at=None)
    client, at = browser(officer_of("DE")), f"/administration/organisations/{waiting.uid}/"
    assert waiting.name in summary(client.get("/administration/organisations/?status=applied"))
    assert organisation.name not in summary(client.get("/administration/organisations/?status=applied"))
    assert client.post(f"{at}refuse/", {"reason": ""}).status_code == 422
    assert client.post(f"{at}vet/").status_code == 302
    assert client.post(f"{at}vet/").status_code == 409
    assert client.post(f"{at}suspend/", {"reason": "Inspection"}).status_code == 302
    assert client.post(f"{at}reinstate/").status_code == 302


def test_a_role_that_cannot_vet_reads_why(officer_of: OfficerOf, organisation: Organisation):
    client = browser(officer_of("DE", Role.ADVISER))
    page = client.get(f"/administration/organisations/{organisation.uid}/")
    assert "Only licensing officers and administrators vet" in summary(page)
    refused = client.post(f"/administration/organisations/{organisation.uid}/suspend/", {"reason": "x"})
    assert refused.status_code == 403


def test_a_foreign_officer_finds_no_organisation(officer_of: OfficerOf, organisation: Organisation):
    client = browser(officer_of("FR", Role.ADMINISTRATOR))
    for uid in (organisation.uid, uuid4()):
        assert client.get(f"/administration/organisations/{uid}/").status_code == 404
        assert client.post(f"/administration/organisations/{uid}/vet/").status_code == 404


def test_an_administrator_looks_after_officers(administrator: User, officer_of: OfficerOf):
    officer = officer_of("DE", Role.ADVISER)
    client, at = browser(administrator), f"/administration/people/{officer.uid}/"
    assert officer.name in summary(client.get("/administration/people/"))
    assert client.post(f"{at}appoint/", {"appoint-role": "decider"}).status_code == 302
    assert client.post(f"{at}appoint/", {"appoint-role": "auditor"}).status_code == 422
    assert client.post(f"{at}appoint/", {"appoint-role": "king"}).status_code == 422
    assert client.post(f"{at}dismiss/", {"role": "decider"}).status_code == 302
    answer = client.post(f"{at}clients/", {"client-name": "Bot", "client-scopes": ["cases:read"]})
    assert answer.status_code == 201
    made = ApiClient.objects.get()
    assert client.post(f"{at}clients/{made.pk}/revoke/").status_code == 302
    assert client.post(f"{at}recover/").status_code == 302
    assert client.get(f"{at}remove/").status_code == 200
    assert client.post(f"{at}remove/").status_code == 302
    assert client.get(at).status_code == 200


def test_inviting_an_officer_on_a_page(administrator: User, officer_of: OfficerOf):
    authority = administrator.authority
    foreign = AuthorityFactory(jurisdiction__code="FR")
    assert authority is not None
    client = browser(administrator)
    answers = {"name": "New", "email": "n@x.example", "authority": authority.pk, "roles": ["adviser"]}
    assert client.get("/administration/people/invite/").status_code == 200
    assert (
        client.post("/administration/people/invite/", {**answers, "authority": foreign.pk}).status_code == 422
    )
    mixed = {**answers, "roles": ["auditor", "decider"]}
    assert client.post("/administration/people/invite/", mixed).status_code == 422
    assert client.post("/administration/people/invite/", answers).status_code == 302
    invitation = Invitation.objects.get()
    withdrawn = client.post(f"/administration/people/invitations/{invitation.uid}/withdraw/")
    assert withdrawn.status_code == 302


def test_foreign_and_absent_officers_answer_alike(administrator: User, officer_of: OfficerOf):
    foreign = officer_of("FR")
    client = browser(administrator)
    for act in ("", "appoint/", "dismiss/", "remove/", "recover/", "clients/", "clients/1/revoke/"):
        method = client.get if act == "" else client.post
        there = method(f"/administration/people/{foreign.uid}/{act}")
        gone = method(f"/administration/people/{uuid4()}/{act}")
        assert (there.status_code, gone.status_code) == (404, 404), act


def test_other_roles_are_told_that_officers_are_the_administrators_matter(officer_of: OfficerOf):
    client = browser(officer_of("DE"))
    officer = officer_of("DE", Role.ADVISER)
    assert client.get("/administration/people/").status_code == 403
    assert client.get(f"/administration/people/{officer.uid}/").status_code == 403
    assert client.get("/administration/people/invite/").status_code == 403


def test_exporters_find_no_administration(exporter: User, organisation: Organisation):
    client = browser(exporter)
    for path in ("organisations/", f"organisations/{organisation.uid}/", "people/", "people/invite/"):
        assert client.get(f"/administration/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/organisation/", "/administration/people/", "/inbox/", "/account/", "/organisation/register/"]
)
def test_strangers_are_asked_to_sign_in(db: None, path: str):
    answer = browser().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/?next=")


# --- invitations


def test_a_link_leads_to_an_account_and_then_nowhere(office: User, organisation: Organisation):
    invitation = services.invite(actor=office, email="new@x.example", name="New", organisation=organisation)
    path = services.invitation_path(invitation)
    assert path == reverse("invitation", args=[services.invitation_token(invitation)])
    page = browser().get(path)
    assert page["Referrer-Policy"] == "no-referrer"
    assert organisation.name in summary(page)
    assert browser().post(path, {"name": "New", "password": "short"}).status_code == 422
    assert browser().post(path, {"name": "New", "password": PASSWORD})["Location"] == "/account/login/"
    assert browser().get(path).status_code == 409


def test_a_link_for_someone_else_is_not_for_whoever_is_signed_in(
    office: User, organisation: Organisation, officer_of: OfficerOf
):
    invitation = services.invite(actor=office, email="new@x.example", name="New", organisation=organisation)
    assert browser(officer_of("DE")).get(services.invitation_path(invitation)).status_code == 403


def test_a_known_person_signs_in_and_accepts(office: User, organisation: Organisation):
    other = factories.exporter_of(OrganisationFactory())
    invitation = services.invite(actor=office, email=other.email, name="X", organisation=organisation)
    path = services.invitation_path(invitation)
    assert "Sign in with it" in summary(browser().get(path))
    assert browser().post(path, {"name": "X", "password": PASSWORD}).status_code == 403
    assert browser(other).post(path).status_code == 302
    assert organisation.pk in User.objects.get(pk=other.pk).organisation_ids


# --- inbox


def test_the_inbox_shows_ones_own_notices_and_marks_them_read(exporter: User, office: User):
    for subject in ("First", "Second"):
        correspondence.notify(
            recipients=[exporter], event=None, subject=subject, text="It waits.", path="/organisation/"
        )
    correspondence.notify(recipients=[office], event=None, subject="Not yours", text="x", path="/")
    client = browser(exporter)
    page = summary(client.get("/inbox/"))
    assert "First" in page
    assert "Not yours" not in page
    first = Notice.objects.get(subject="First")
    assert client.post(f"/inbox/{first.uid}/read/")["Location"] == "/organisation/"
    assert "First" not in summary(client.get("/inbox/?show=unread"))
    foreign = Notice.objects.get(subject="Not yours")
    for uid in (foreign.uid, uuid4()):
        assert client.post(f"/inbox/{uid}/read/").status_code == 404
    client.post("/inbox/read/")
    assert not Notice.objects.filter(recipient=exporter, read_at=None).exists()
    assert Notice.objects.get(pk=foreign.pk).read_at is None


def test_a_notice_never_leads_to_another_site(exporter: User):
    correspondence.notify(recipients=[exporter], event=None, subject="Bad", text="x", path="//evil.example/")
    notice = Notice.objects.get()
    assert browser(exporter).post(f"/inbox/{notice.uid}/read/")["Location"] == "/inbox/"


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999"])
def test_a_page_number_that_does_not_exist_shows_the_nearest(exporter: User, page: str):
    assert browser(exporter).get(f"/inbox/?page={page}").status_code == 200
