"""Password and second factor, lock-out, and how long a session lasts."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.core import mail
from django.test import Client

from core import clock
from members.models import Organisation, User
from tests import factories

OfficerOf = Callable[..., User]
PASSWORD = "korrektes pferd batterie"


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // 30))


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def enrolled(user: User) -> str:
    """Give a person a real second factor; return its secret."""
    secret = generate_totp_secret()
    Authenticator.objects.filter(user=user).delete()
    data = {"secret": get_adapter().encrypt(secret)}
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=data)
    return secret


def sign_in(browser: Client, user: User, password: str = PASSWORD) -> str:
    answer = browser.post("/account/login/", {"login": user.email, "password": password})
    return answer.headers.get("Location", f"{answer.status_code}")


@pytest.fixture
def officer(officer_of: OfficerOf) -> User:
    return with_password(officer_of("DE"))


@pytest.fixture
def person(exporter: User) -> User:
    return with_password(exporter)


def test_an_exporter_signs_in_with_a_password(client: Client, person: User):
    assert sign_in(client, person) == "/applications/"
    assert client.get("/account/").status_code == 200


def test_an_officer_signs_in_with_password_and_code(client: Client, officer: User):
    secret = enrolled(officer)
    assert sign_in(client, officer).startswith("/account/2fa/authenticate/")
    assert client.get("/account/").status_code == 302
    answer = client.post("/account/2fa/authenticate/", {"code": code_for(secret)})
    assert answer.status_code == 302
    assert client.get("/account/").status_code == 200


def test_a_code_opens_once(client: Client, officer: User):
    secret = enrolled(officer)
    code = code_for(secret)
    sign_in(client, officer)
    assert client.post("/account/2fa/authenticate/", {"code": code}).status_code == 302
    thief = Client()
    sign_in(thief, officer)
    assert thief.post("/account/2fa/authenticate/", {"code": code}).status_code == 200
    assert thief.get("/account/").status_code == 302


def test_a_wrong_code_opens_nothing(client: Client, officer: User):
    enrolled(officer)
    sign_in(client, officer)
    assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.get("/account/").status_code == 302


def test_the_secret_is_encrypted_in_the_database(officer: User):
    secret = enrolled(officer)
    stored = Authenticator.objects.get(user=officer).data["secret"]
    assert secret not in stored
    assert get_adapter().decrypt(stored) == secret


def test_an_officer_without_second_factor_is_sent_to_enrol_and_sees_nothing_before(
    client: Client, officer_of: OfficerOf
):
    officer = with_password(officer_of("DE", second_factor=False))
    sign_in(client, officer)
    for path in ("/administration/organisations/", "/inbox/", "/account/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/account/2fa/totp/activate/")
    page = client.get("/account/2fa/totp/activate/")
    text = page.content.decode()
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", text)
    assert secret is not None
    assert 'src="data:image/svg+xml' in text
    answer = client.post("/account/2fa/totp/activate/", {"code": code_for(secret[1])})
    assert answer.status_code == 302
    assert User.objects.get(pk=officer.pk).serves
    assert client.get("/administration/organisations/").status_code == 200


def test_an_officer_without_second_factor_may_still_read_what_anyone_may(
    client: Client, officer_of: OfficerOf
):
    client.force_login(
        officer_of("DE", second_factor=False), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert client.get("/").status_code == 200
    assert client.get("/account/password/change/").status_code in (200, 302)


def test_an_exporter_needs_no_second_factor(client: Client, person: User):
    sign_in(client, person)
    assert client.get("/organisation/").status_code == 200


def test_the_fifth_wrong_guess_locks_out_even_the_right_password(client: Client, person: User):
    guesses = [sign_in(client, person, "a wrong password") for _guess in range(5)]
    assert guesses == ["200"] * 4 + ["429"]
    assert sign_in(client, person) == "429"
    assert client.get("/account/").status_code == 302
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert sign_in(client, person) == "/applications/"


def test_signing_in_says_the_same_for_a_wrong_password_and_an_unknown_address(client: Client, person: User):
    wrong = client.post("/account/login/", {"login": person.email, "password": "wrong"})
    unknown = client.post("/account/login/", {"login": "nobody@example.org", "password": "wrong"})

    def told(answer: object) -> list[str]:
        text = re.sub(r"[\w.]+@example.org", "", answer.content.decode())  # type: ignore[attr-defined]
        return re.findall(r"govuk-error-summary__list.*?</ul>", text, re.DOTALL)

    assert told(wrong) == told(unknown) != []


BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.mark.parametrize(
    ("kind", "idle", "longest"),
    [
        ("officer", timedelta(minutes=15), timedelta(hours=8)),
        ("person", timedelta(hours=2), timedelta(hours=24)),
    ],
)
def test_a_session_ends_by_idleness_and_by_age(
    kind: str, idle: timedelta, longest: timedelta, request: pytest.FixtureRequest
):
    user: User = request.getfixturevalue(kind)
    start = clock.now()
    with time_machine.travel(start, tick=False) as time:
        browser = Client()
        browser.force_login(user, backend=BACKEND)
        time.shift(idle - timedelta(seconds=1))
        assert browser.get("/account/").status_code == 200
        time.shift(idle + timedelta(seconds=1))
        assert browser.get("/account/").status_code == 302
        browser.force_login(user, backend=BACKEND)
        begun = clock.now()
        while clock.now() - begun < longest - idle:
            time.shift(idle - timedelta(seconds=60))
            assert browser.get("/account/").status_code == 200
        time.move_to(begun + longest + timedelta(seconds=1))
        assert browser.get("/account/").status_code == 302


@pytest.mark.parametrize("headers", [{"X-Background": "1"}, {"Sec-Fetch-Dest": "empty"}])
def test_a_page_that_refreshes_itself_keeps_no_session_alive(officer: User, headers: dict[str, str]):
    with time_machine.travel(clock.now(), tick=False) as time:
        browser = Client()
        browser.force_login(officer, backend=BACKEND)
        for _poll in range(30):
            time.shift(timedelta(seconds=30))
            assert browser.get("/account/", headers=headers).status_code == 200
        time.shift(timedelta(seconds=30))
        assert browser.get("/account/").status_code == 302


def test_an_exporter_signs_up_confirms_the_address_and_registers(client: Client, organisation: Organisation):
    answers = {"name": "Ada  Neumann", "email": "Ada@Neu.example", "password1": PASSWORD}
    assert client.post("/account/signup/", answers).status_code == 302
    person = User.objects.get(email="ada@neu.example")
    assert person.name == "Ada Neumann"
    assert sign_in(client, person) == "/account/confirm-email/"
    link = re.search(r"/account/confirm-email/[^\s]+", mail.outbox[0].body)
    assert link is not None
    client.post(link[0])
    assert sign_in(Client(), person) == "/applications/"


def test_signing_up_asks_for_name_address_and_a_good_password(client: Client):
    answer = client.post("/account/signup/", {"name": " ", "email": "x", "password1": "short"})
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == {"name", "email", "password1"}


def test_signing_up_with_a_known_address_tells_only_its_owner(client: Client, person: User):
    answers = {"name": "Thief", "email": person.email, "password1": PASSWORD}
    known = client.post("/account/signup/", answers)
    fresh = Client().post("/account/signup/", {**answers, "email": "fresh@example.org"})
    assert (known.status_code, known["Location"]) == (fresh.status_code, fresh["Location"])
    assert User.objects.get(pk=person.pk).name == person.name


def test_a_forgotten_password_is_chosen_anew_by_a_link(client: Client, person: User):
    client.post("/account/password/reset/", {"email": person.email})
    link = re.search(r"/account/password/reset/key/\S+", mail.outbox[0].body)
    assert link is not None
    form = client.get(link[0], follow=True)
    new = {"password1": "ein ganz neues wort", "password2": "ein ganz neues wort"}
    client.post(form.redirect_chain[-1][0], new)
    assert User.objects.get(pk=person.pk).check_password("ein ganz neues wort")


def test_a_new_password_ends_the_other_sessions(person: User):
    here, elsewhere = Client(), Client()
    sign_in(here, person)
    sign_in(elsewhere, person)
    here.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": "ein ganz neues wort", "password2": "ein ganz neues wort"},
    )
    assert elsewhere.get("/account/").status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/account/login/",
        "/account/signup/",
        "/account/password/reset/",
        "/account/password/reset/done/",
        "/account/confirm-email/",
        "/account/inactive/",
    ],
)
def test_pages_of_entrance_answer_in_our_frame(client: Client, db: None, path: str):
    page = client.get(path)
    assert page.status_code == 200
    assert b"govuk-template" in page.content


def test_pages_of_the_account_answer_in_our_frame(client: Client, officer: User):
    secret = enrolled(officer)
    sign_in(client, officer)
    client.post("/account/2fa/authenticate/", {"code": code_for(secret)})
    client.post("/account/2fa/recovery-codes/generate/")
    for path in ("", "2fa/", "2fa/recovery-codes/", "2fa/recovery-codes/generate/", "2fa/totp/deactivate/"):
        page = client.get(f"/account/{path}")
        assert page.status_code == 200, path
        assert b"govuk-template" in page.content
    for path in ("password/change/", "logout/"):
        assert client.get(f"/account/{path}").status_code == 200


def test_nobody_changes_their_own_address(client: Client, person: User):
    sign_in(client, person)
    client.post("/account/", {"action_add": "", "email": "other@example.org"})
    assert not person.emailaddress_set.filter(email="other@example.org").exists()


def test_a_recovery_code_stands_in_for_the_device_once(client: Client, officer: User):
    secret = enrolled(officer)
    sign_in(client, officer)
    client.post("/account/2fa/authenticate/", {"code": code_for(secret)})
    client.post("/account/2fa/recovery-codes/generate/")
    codes = Authenticator.objects.get(user=officer, type="recovery_codes").wrap().get_unused_codes()
    for expected in (302, 200):
        other = Client()
        sign_in(other, officer)
        assert other.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == expected


def test_a_forwarded_address_counts_only_behind_a_declared_proxy(rf: object, settings: object):
    from config.signin.lockout import client_ip

    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "6.6.6.6, 7.7.7.7"})  # type: ignore[attr-defined]
    settings.BEHIND_PROXY = False  # type: ignore[attr-defined]
    assert client_ip(request) == "10.0.0.1"
    settings.BEHIND_PROXY = True  # type: ignore[attr-defined]
    assert client_ip(request) == "7.7.7.7"


@pytest.mark.django_db
def test_exporters_of_any_member_get_in(client: Client):
    user = with_password(factories.exporter_of(factories.OrganisationFactory()))
    assert sign_in(client, user) == "/applications/"


def test_what_a_person_was_shown_is_kept_by_no_cache(client: Client, person: User):
    sign_in(client, person)
    assert client.get("/account/")["Cache-Control"] == "private, no-store"
    assert "no-store" not in Client().get("/").headers.get("Cache-Control", "")
