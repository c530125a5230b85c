"""A partner's sandbox: apart from production, marked as one, put back as it was, with a clock that is moved."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from config.sandbox import credentials, scenarios, tenant
from config.sandbox.gate import Gate
from config.sandbox.middleware import Sandbox
from core import clock, references
from core.errors import Invalid
from licensing.models import Application, Case
from licensing.selectors.credentials import judged
from licensing.services import credentials as certifying
from members import demo
from members.models import ApiClient, User
from tests.api.conftest import client_of
from tests.licensing.conftest import Desk, desk

__all__ = ["client_of", "desk"]
ClientOf = Callable[..., APIClient]


@pytest.fixture
def moved() -> Iterator[None]:
    """Ten days ahead of the machine's clock."""
    clock.run_ahead(timedelta(days=10))
    yield
    clock.run_ahead(timedelta(0))


@pytest.fixture
def sandbox(settings: Any, tmp_path: Any) -> None:
    """This process as a sandbox."""
    settings.ROOT_URLCONF, settings.SANDBOX = "config.sandbox.urls", "alpha"
    settings.DATA_DIR = tmp_path
    note = tenant.Standing(
        "alpha", clock.now().isoformat(), 7.5, 0.0, [{"key": "draft", "title": "A draft."}]
    )
    tenant._note(note)


def test_a_moved_clock_lets_nobody_s_token_lapse(moved: None, client_of: ClientOf, exporter: User) -> None:
    assert timedelta(days=9, hours=23) < clock.now() - clock.machine() < timedelta(days=10, hours=1)
    assert client_of(exporter).get("/api/v1/applications/").status_code == 200


def test_a_clock_never_runs_behind() -> None:
    with pytest.raises(ValueError, match="behind"):
        clock.run_ahead(timedelta(seconds=-1))


def test_references_drawn_with_the_same_dice_are_the_same() -> None:
    drawn = []
    for _time in range(2):
        with references.drawn_with(random.Random("one")):
            drawn.append([references.new_reference("EN") for _number in range(3)])
    assert drawn[0] == drawn[1]
    assert references.new_reference("EN") not in drawn[0], "outside they are random as ever"


def test_one_alone_waits_for_those_inside_and_others_wait_for_it() -> None:
    gate, said, leave = Gate(), [], threading.Event()

    def visitor() -> None:
        with gate.inside():
            leave.wait(10)
            said.append("left")

    def late() -> None:
        with gate.inside():
            said.append("late")

    threads = [threading.Thread(target=visitor)]
    threads[0].start()
    while gate._inside != 1:
        pass
    with gate.inside():
        leave.set()
        with gate.alone():
            said.append("alone")
            threads.append(threading.Thread(target=late))
            threads[1].start()
            threads[1].join(0.05)
            assert said == ["left", "alone"]
    for thread in threads:
        thread.join(10)
    assert said == ["left", "alone", "late"]


def test_every_answer_is_marked() -> None:
    answer = Sandbox(lambda request: HttpResponse("ok"))(HttpRequest())
    assert answer.headers["Entente-Sandbox"] == "true"
    assert answer.headers["Entente-Sandbox-Clock"].startswith(clock.now().isoformat()[:13])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/sandbox/", "/api/v1/sandbox/", "/api/v1/sandbox/reset/", "/api/v1/sandbox/clock/"]
)
def test_production_has_no_such_address(address: str) -> None:
    assert Client().get(address).status_code == 404
    assert Client().post(address).status_code == 404


def test_only_people_of_the_sandbox_reset_it(
    sandbox: None, db: None, monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, exporter: User
) -> None:
    done: list[str] = []
    monkeypatch.setattr(tenant, "reset", lambda: done.append("reset"))
    monkeypatch.setattr(tenant, "move", lambda to: done.append(f"{(to - clock.now()).total_seconds():.0f}"))
    for address in ("reset", "clock"):
        assert APIClient().post(f"/api/v1/sandbox/{address}/").status_code == 401
        assert Client().post(f"/sandbox/{address}/").status_code == 302
    assert done == []
    theirs = client_of(exporter, "events:read")
    assert theirs.post("/api/v1/sandbox/reset/").json()["partner"] == "alpha"
    assert theirs.post("/api/v1/sandbox/clock/", {"hours": 2}, format="json").status_code == 200
    assert done == ["reset", "7200"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "to"), ({"hours": 0}, "hours"), ({"to": "soon"}, "to"), ({"hours": 1, "days": 2}, "days")],
)
def test_what_moves_no_clock_is_told_at_its_field(
    sandbox: None, client_of: ClientOf, exporter: User, body: dict[str, Any], field: str
) -> None:
    answer = client_of(exporter).post("/api/v1/sandbox/clock/", body, format="json")
    assert answer.status_code == 422
    assert field in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("far", [timedelta(days=-1), timedelta(days=93)])
def test_the_clock_moves_on_and_not_too_far(far: timedelta) -> None:
    with pytest.raises(Invalid):
        tenant.move(clock.now() + far)


@pytest.mark.django_db
def test_the_page_tells_what_stands_there(sandbox: None) -> None:
    page = Client().get("/sandbox/").content.decode()
    assert "Sandbox of alpha" in page
    assert "A draft." in page
    assert "Reset the sandbox" not in page, "nobody has signed in"


def test_a_licence_of_a_sandbox_never_verifies_elsewhere(desk: Desk, settings: Any) -> None:
    """Neither under its own issuer's name nor under that of the member here: the keys are others."""
    desk.answer_all()
    desk.reload()
    licence = desk.licence()
    here = settings.SITE_URL
    settings.SITE_URL = "https://alpha.sandbox.example.org"
    token = certifying.signed(licence, "vc+jwt")
    settings.SITE_URL = here
    assert judged(token, member="FR").code == "unknown_issuer"


def test_credentials_are_shown_once_and_kept_as_hashes(
    in_force: None, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(demo, "CITIZENS", {"DE": demo.CITIZENS["DE"][:2]})
    monkeypatch.setattr(demo, "EXPORTERS", demo.EXPORTERS[:1])
    credentials.enter(renew=False)
    shown = json.loads((tmp_path / credentials.SHOWN_ONCE).read_text())
    secret = shown["clients"]["exporter-de-1"]["client_secret"]
    (tmp_path / credentials.SHOWN_ONCE).unlink()  # as the command does
    kept = [path for path in tmp_path.iterdir() if secret in path.read_text()]
    assert kept == [], "no file keeps a secret"

    ApiClient.objects.all().delete()  # as another template, after an upgrade
    credentials.enter(renew=False)
    assert not (tmp_path / credentials.SHOWN_ONCE).exists()
    row = ApiClient.objects.get(client_id=shown["clients"]["exporter-de-1"]["client_id"])
    assert row.client_secret == json.loads((tmp_path / credentials.KEPT).read_text())["exporter-de-1"]["hash"]

    credentials.enter(renew=True)
    renewed = json.loads((tmp_path / credentials.SHOWN_ONCE).read_text())
    assert renewed["clients"]["exporter-de-1"]["client_secret"] != secret


def test_scenarios_are_played_up_to_the_present(
    in_force: None, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(demo, "CITIZENS", {code: demo.CITIZENS[code] for code in ("DE", "FR", "US")})
    monkeypatch.setattr(demo, "EXPORTERS", demo.EXPORTERS[:1])
    monkeypatch.setattr(
        scenarios, "SCENARIOS", [one for one in scenarios.SCENARIOS if one.key in ("draft", "escalated")]
    )
    demo.load()
    before = clock.now()
    found = {one["key"]: one for one in scenarios.play(tenant.settle)}
    assert abs(clock.now() - before) < timedelta(minutes=1), "the clock is the machine's again"
    assert not [one for one in found.values() if "failed" in one]
    climbed = Case.objects.get(reference=found["escalated"]["case"])
    assert (climbed.tier, climbed.status) == (1, "in_review")
    lapsed = climbed.consultations.filter(status="lapsed")
    assert {round((before - one.due_at) / timedelta(hours=1)) for one in lapsed} == {12}, "at its own instant"
    assert Application.objects.get(reference=found["draft"]["application"]).status == "draft"
