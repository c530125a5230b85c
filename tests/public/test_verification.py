"""Anyone may ask whether a licence holds, and learns that and no more."""

from datetime import date

import pytest
from django.core.cache import cache

from licensing.services.licences import Verification
from members.models import Jurisdiction
from public.views import verification

pytestmark = pytest.mark.django_db
GERMANY = Jurisdiction(code="DE", name="Germany", timezone="Europe/Berlin", calendar="DE")


@pytest.fixture(autouse=True)
def _nobody_has_asked():
    cache.clear()


@pytest.fixture
def known(monkeypatch):
    """Let the service say that a licence has some status."""

    def stands(status: str) -> None:
        found = Verification(
            "EL-7K3M-9QX2", status, GERMANY, date(2026, 11, 23), date(2027, 11, 22), ("DE", "FR")
        )
        monkeypatch.setattr(verification, "verify", lambda number, member: found)

    return stands


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        ("valid", "This licence is valid"),
        ("not_valid_here", "This licence is not valid here"),
        ("not_yet_valid", "This licence is not valid yet"),
        ("suspended", "This licence is suspended"),
        ("revoked", "This licence is revoked"),
        ("expired", "This licence has expired"),
        ("exhausted", "This licence is exhausted"),
        ("surrendered", "This licence was surrendered"),
    ],
)
def test_each_status_is_told_in_words(client, known, status, heading):
    known(status)
    answer = client.get("/verify/EL-7K3M-9QX2/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert heading in page
    assert all(told in page for told in ("EL-7K3M-9QX2", "Germany", "22 November 2027", "France"))


def test_a_number_that_no_licence_has_is_unknown(client):
    answer = client.get("/verify/EL-7K3M-9QX2/")
    assert answer.status_code == 404
    assert "No licence has this number" in answer.content.decode()


def test_machines_get_the_same_answer(client, known):
    known("suspended")
    assert client.get("/verify/EL-7K3M-9QX2/?format=json").json() == {
        "number": "EL-7K3M-9QX2",
        "status": "suspended",
        "issued_by": "DE",
        "valid_from": "2026-11-23",
        "valid_until": "2027-11-22",
        "territory": ["DE", "FR"],
        "edition": 0,
        "member": "",
        "reason": "",
        "takes_effect_at": None,
        "provisional": False,
        "confirm_by": None,
    }


def test_machines_learn_nothing_more_of_an_unknown_number(client):
    answer = client.get("/verify/EL-7K3M-9QX2/?format=json")
    assert answer.status_code == 404
    assert answer.json() == {
        "number": "EL-7K3M-9QX2",
        "status": "unknown",
        "issued_by": None,
        "valid_from": None,
        "valid_until": None,
        "territory": [],
        "edition": 0,
        "member": "",
        "reason": "",
        "takes_effect_at": None,
        "provisional": False,
        "confirm_by": None,
    }


def test_an_answer_is_never_kept_on_the_way(client, known):
    known("valid")
    assert "no-store" in client.get("/verify/EL-7K3M-9QX2/").headers["Cache-Control"]


@pytest.mark.parametrize("typed", ["EL-7K3M-9QX2", " el-7k3m-9qx2 ", "EL-7K3M - 9QX2"])
def test_a_number_leads_to_its_answer_however_it_was_typed(client, typed):
    answer = client.get("/verify/", {"number": typed})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/verify/EL-7K3M-9QX2/"


@pytest.mark.parametrize("typed", ["", "!", "x" * 100, "../admin", "<script>"])
def test_what_cannot_be_a_number_is_refused_with_what_to_mend(client, typed):
    answer = client.get("/verify/", {"number": typed})
    assert answer.status_code == 422
    assert "govuk-error-summary" in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()


def test_numbers_cannot_be_tried_in_bulk(client, settings):
    for _attempt in range(60):
        assert client.get("/verify/EL-0000-0000/").status_code == 404
    answer = client.get("/verify/EL-0000-0000/")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert client.get("/verify/EL-0000-0000/", REMOTE_ADDR="192.0.2.7").status_code == 404
