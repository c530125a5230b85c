"""The demo alliance, and the door that opens for it only on this machine."""

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client, override_settings

from alliance import lane_rota
from core import clock
from members import demo
from members.demo_people import ADJUDICATORS
from members.models import ApiClient, Mandate, Ministry, Organisation, Role, Shift, User
from members.services import load_authority, load_jurisdiction
from tests import factories
from tests.standing import stays


@stays
def folder(db: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the people of the demonstration left what is told of them."""
    made: Path = tmp_path_factory.mktemp("demo")
    for code, zone in (("DE", "Europe/Berlin"), ("FR", "Europe/Paris"), ("US", "America/New_York")):
        jurisdiction = load_jurisdiction(code=code, name=code, timezone=zone, calendar=code)
        for ministry in Ministry.values:
            load_authority(jurisdiction=jurisdiction, ministry=ministry, name=f"{code} {ministry}")
    call_command("load_calendars", "DE", "FR", "US", verbosity=0)  # by which due instants count
    with override_settings(DATA_DIR=made, ENTENTE_DEMO=True):
        demo.load()
    return made


@pytest.fixture
def loaded(folder: Path, tmp_path: Path, settings: Any) -> Any:
    for file in folder.iterdir():
        shutil.copy2(file, tmp_path)
    settings.DATA_DIR = tmp_path
    settings.ENTENTE_DEMO = True
    return settings


def test_loading_again_changes_nothing(loaded: Any, tmp_path: Path):
    def state() -> tuple[Any, ...]:
        files = [(tmp_path / name).read_text() for name in (demo.PEOPLE, demo.CLIENTS)]
        return (User.objects.count(), ApiClient.objects.count(), Organisation.objects.count(), *files)

    before = state()
    demo.load()
    assert state() == before


def test_every_jurisdiction_has_those_who_are_needed(loaded: Any):
    for code in ("DE", "FR", "US"):
        held = {
            (role, user.authority.ministry)
            for user in User.objects.filter(authority__jurisdiction=code)
            for role in user.roles
            if user.authority
        }
        assert held >= {
            (Role.LICENSING_OFFICER, "trade"),
            (Role.ADVISER, "defence"),
            (Role.ADVISER, "intelligence"),
            (Role.DECIDER, "trade"),
            (Role.COUNTERSIGNER, "trade"),
            (Role.ADMINISTRATOR, "trade"),
            (Role.CUSTOMS_OFFICER, "customs"),
        }
    assert all(user.serves for user in User.objects.filter(authority__isnull=False))


def test_exporters_are_vetted_but_for_one(loaded: Any):
    states = dict(Organisation.objects.values_list("name", "status"))
    assert sorted(states.values()) == ["applied", *["vetted"] * 4]


def test_a_customs_broker_files_for_an_exporter(loaded: Any):
    clerk = User.objects.get(name="Malte Brodersen")
    (mandate,) = Mandate.objects.in_force()
    assert clerk.mandated() == {mandate.pk}
    assert mandate.principal.name == "Rheinwerk Optik GmbH"


def test_the_table_names_one_person_for_each_role(loaded: Any):
    rows = demo.people()
    assert [row["role"] for row in rows] == list(dict.fromkeys(row["role"] for row in rows))
    assert {"Exporter", "Licensing officer", "Adviser", "Decider", "Countersigner", "Crisis-unit seat"} <= {
        row["role"] for row in rows
    }
    assert all(User.objects.filter(email=row["email"]).exists() for row in rows)


def test_keys_are_for_the_owner_of_the_folder_alone(loaded: Any, tmp_path: Path):
    for name in (demo.PEOPLE, demo.CLIENTS):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_every_client_of_the_file_gets_a_token(loaded: Any, tmp_path: Path):
    clients = json.loads((tmp_path / demo.CLIENTS).read_text())
    assert {
        "exporter-de-1",
        "exporter-fr-1",
        "de-decider",
        "fr-adviser-defence",
        "us-crisis_seat-trade",
    } <= set(clients)
    for key in ("exporter-de-1", "de-decider"):
        form = {
            "grant_type": "client_credentials",
            "client_id": clients[key]["client_id"],
            "client_secret": clients[key]["client_secret"],
        }
        answer = Client().post("/oauth/token/", form)
        assert set(answer.json()["scope"].split()) == set(clients[key]["scopes"])


def test_a_demo_person_signs_in_with_password_and_second_factor_too(loaded: Any, tmp_path: Path):
    from tests.members.test_signin import code_for

    keys = json.loads((tmp_path / demo.PEOPLE).read_text())
    email = demo.people()[1]["email"]
    client = Client()
    client.post("/account/login/", {"login": email, "password": keys["password"]})
    client.post("/account/2fa/authenticate/", {"code": code_for(keys["totp"][email])})
    assert client.get("/account/").status_code == 200


def test_a_click_signs_a_demo_person_in(loaded: Any):
    client = Client()
    page = client.get("/demo/").content.decode()
    person = demo.people()[0]
    assert person["email"] in page
    assert "Demonstration" in page
    assert client.post("/demo/", {"person": person["email"]}).status_code == 302
    assert client.get("/account/").status_code == 200


def test_a_click_signs_nobody_else_in(loaded: Any):
    real = User.objects.create_user("real@example.org", "a real password", name="Real")
    for address in (real.email, "nobody@example.org", ""):
        assert Client().post("/demo/", {"person": address}).status_code == 404


FORWARDED = [
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-Host": "localhost"},
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Whatever": "x"},
    {"Forwarded": "for=127.0.0.1"},
    {"X-Real-IP": "127.0.0.1"},
    {"Via": "1.1 proxy"},
]


def test_nothing_is_there_for_what_was_forwarded(loaded: Any):
    form = {"person": demo.people()[0]["email"]}
    for headers in FORWARDED:
        assert Client().get("/demo/", headers=headers).status_code == 404, headers
        assert Client().post("/demo/", form, headers=headers).status_code == 404, headers


def test_only_this_machine_is_let_in(loaded: Any):
    for address in ("10.1.2.3", "192.168.0.1", "2001:db8::1", "", "unix:"):
        assert Client().get("/demo/", REMOTE_ADDR=address).status_code == 404, address
    for address in ("127.0.0.1", "127.8.8.8", "::1"):
        assert Client().get("/demo/", REMOTE_ADDR=address).status_code == 200, address


def test_nothing_is_there_where_the_supervisor_does_not_vouch(loaded: Any):
    loaded.ENTENTE_DEMO = False
    assert Client().get("/demo/").status_code == 404


def test_nothing_is_there_without_demo_data(db: None, tmp_path: Path, settings: Any):
    settings.DATA_DIR, settings.ENTENTE_DEMO = tmp_path, True
    assert Client().get("/demo/").status_code == 404
    assert Client().post("/demo/", {"person": "x"}).status_code == 404


def test_a_click_needs_the_forms_own_token(loaded: Any):
    client = Client(enforce_csrf_checks=True)
    assert client.post("/demo/", {"person": demo.people()[0]["email"]}).status_code == 403


def test_the_humanitarian_lane_has_somebody_at_every_hour_of_the_coming_weeks(in_force: None):
    decider = factories.officer_of("DE", Role.DECIDER)
    for name in ADJUDICATORS["DE"]:
        person = factories.officer_of("DE", Role.HUMANITARIAN_ADJUDICATOR)
        User.objects.filter(pk=person.pk).update(name=name)
    demo.fill_lane_rota()
    now, there, authority = clock.now(), Shift.objects.count(), decider.authority
    assert authority is not None
    assert lane_rota.promised(authority, now, now + timedelta(weeks=4))
    for post in lane_rota.POSTS:
        assert not lane_rota.gaps(authority, post, now, now + timedelta(weeks=4)), post
    assert lane_rota.look(authority_id=authority.pk) == 0, "nothing is told of"
    demo.fill_lane_rota()
    assert Shift.objects.count() == there
