"""Domain errors become pages with the right status, in one place."""

import json

import pytest
from django.conf import settings as configured
from django.http import Http404
from django.test import RequestFactory, override_settings

from config import errors
from core.errors import Blocked, Conflict, EntenteError, Forbidden, Invalid, NotFound, Stale, WindowClosed

FULL = configured.TEMPLATES
PLAIN = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.locmem.Loader",
                    {
                        "errors/refusal.html": "{{ error.title }}|{{ error.detail }}|{{ blockers|join:';' }}"
                        "|{{ texts.theirs }}|{{ texts.yours }}|{{ error.fields }}"
                    },
                )
            ]
        },
    }
]


@pytest.fixture
def request_for():
    return RequestFactory().get


@pytest.fixture(autouse=True)
def _plain_templates():
    with override_settings(TEMPLATES=PLAIN):
        yield


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid.field("items.0.quantity", "Give a number."), 422),
        (Forbidden("Only the authority that leads the case can decide it."), 403),
        (NotFound(), 404),
        (Conflict("The case is closed."), 409),
        (WindowClosed("The window closed at noon."), 409),
        (EntenteError("No."), 400),
    ],
)
def test_a_domain_error_answers_with_its_status_and_its_reason(request_for, error, status):
    answer = errors.DomainErrors(lambda request: None).process_exception(request_for("/cases/1/"), error)
    assert answer.status_code == status
    assert error.detail in answer.content.decode()


def test_other_failures_are_left_to_the_framework(request_for):
    middleware = errors.DomainErrors(lambda request: None)
    assert middleware.process_exception(request_for("/"), ValueError("a bug")) is None


def test_what_stands_in_the_way_is_listed(request_for):
    answer = errors.refusal(
        request_for("/"), Blocked("Not yet.", blockers=["A hit is open.", "A seat is empty."])
    )
    assert "A hit is open.;A seat is empty." in answer.content.decode()


def test_a_stale_form_keeps_both_texts(request_for):
    answer = errors.refusal(request_for("/"), Stale("Changed.", theirs="their text", yours="my <text>"))
    assert "|their text|my &lt;text&gt;|" in answer.content.decode()


def test_a_foreign_thing_and_an_absent_address_answer_alike(request_for):
    absent = errors.page_not_found(request_for("/cases/1/"), Http404())
    foreign = errors.refusal(request_for("/cases/1/"), NotFound())
    assert absent.status_code == foreign.status_code == 404
    assert absent.content == foreign.content


def test_below_the_api_an_absent_address_is_a_problem_document(request_for):
    answer = errors.page_not_found(request_for("/api/v1/nothing"), Http404())
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["type"] == "/problems/not-found/"


def test_an_expired_form_says_what_to_do(request_for):
    answer = errors.csrf_failure(request_for("/"))
    assert answer.status_code == 403
    assert "oad the page again" in answer.content.decode()


def test_a_null_character_is_no_address(client):
    for address in ("/verify/%00/", "/verify/?number=%00", "/api/v1/licences/%00/verification/", "/?q=%00"):
        assert client.get(address).status_code == 404


def test_an_address_that_only_takes_a_form_shows_a_page_with_a_way_on(db, client, exporter, settings):
    settings.TEMPLATES = FULL
    client.force_login(exporter, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get("/applications/start/")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert "start page" in answer.content.decode()
