"""The schema is valid, its examples work, and what it declares is what the API does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, given, settings
from rest_framework.test import APIClient
from schemathesis.specs.openapi.checks import response_schema_conformance

from ledger.testing import run_deliveries
from licensing.models import Case
from members.models import Ministry, Organisation, Role, User
from members.oauth import SCOPES
from tests import journeys
from tests.examples import examples
from tests.factories import OrganisationFactory, exporter_of, officer_of
from tests.standing import stays

ClientOf = Callable[..., APIClient]


@cache
def generated() -> dict[str, Any]:
    found = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    plain: dict[str, Any] = json.loads(json.dumps(found, default=str))
    return plain


SCHEMA = schemathesis.openapi.from_dict(generated())
SCHEMA.app = get_wsgi_application()


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Let requests use the transaction of the test, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operations() -> list[Any]:
    return [found.ok() for found in SCHEMA.get_all_operations()]


def test_the_schema_is_valid_openapi_3_1() -> None:
    schema = generated()
    assert schema["openapi"].startswith("3.1")
    # Names that a hash had to tell apart would change with the next field: see ENUM_NAME_OVERRIDES.
    assert [
        name for name in schema["components"]["schemas"] if re.search("[0-9A-F][0-9a-f]{2}Enum$", name)
    ] == []
    validate_schema(schema)  # type: ignore[no-untyped-call]


def test_the_schema_is_made_without_a_warning() -> None:
    """Two things of one name, say, or two operations: one would be described as the other."""
    generated()
    assert [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache] == []


def test_every_operation_names_its_answers_and_scope_and_has_a_summary() -> None:
    for path, methods in generated()["paths"].items():
        for method, operation in methods.items():
            assert operation.get("summary"), (method, path)
            assert any(code.startswith("2") for code in operation["responses"]), (method, path)
            ways = [
                way["clientCredentials"]
                for way in operation.get("security", ())
                if "clientCredentials" in way
            ]
            assert all(len(scopes) == 1 and scopes[0] in SCOPES for scopes in ways), (method, path)
            refusals = [told for code, told in operation["responses"].items() if code.startswith("4")]
            kinds = {kind for told in refusals for kind in told.get("content", ())}
            assert kinds <= {"application/problem+json"}, (method, path)


def test_the_page_of_the_schema_holds_no_script_or_style_that_the_policy_drops(client: Client) -> None:
    page = client.get("/api/v1/docs/").content.decode()
    scripts = re.findall("<script([^>]*)>", page)
    assert len(scripts) == 3
    assert all("src=" in script for script in scripts)
    assert "<style" not in page
    script = client.get(re.findall('src="(/api/v1/docs/[^"]*)"', page)[0])
    assert script["Content-Type"].startswith("application/javascript")
    assert b"/api/v1/openapi.json" in script.content


def shown(path: str, method: str = "post") -> list[dict[str, Any]]:
    content = generated()["paths"][path][method]["requestBody"]["content"]["application/json"]
    return [example["value"] for example in content["examples"].values()]


def test_every_request_with_a_body_has_an_example() -> None:
    for path, methods in generated()["paths"].items():
        for method, operation in methods.items():
            if "requestBody" in operation:
                assert shown(path, method), (method, path)


def test_the_examples_play_a_case_from_the_dossier_to_the_proposal(
    in_force: None,
    client_of: ClientOf,
    exporter: User,
    organisation: Organisation,
    officer_of: Callable[..., User],
) -> None:
    def send(who: APIClient, path: str, example: dict[str, Any], address: str, method: str = "post") -> Any:
        answer = getattr(who, method)(address, example, format="json")
        assert answer.status_code in (200, 201), (path, answer.json())
        run_deliveries()
        return answer.json()

    filing, officer = client_of(exporter), client_of(officer_of("DE", Role.LICENSING_OFFICER, Role.DECIDER))
    applications, cases, asked = (
        "/api/v1/applications/",
        "/api/v1/cases/{reference}/",
        "/api/v1/information-requests/",
    )
    draft = send(filing, applications, shown(applications)[0], applications)["reference"]
    one = applications + "{reference}/"
    send(filing, one, shown(one, "patch")[0], f"{applications}{draft}/", "patch")
    filed = send(filing, one, shown(one + "submission/")[0], f"{applications}{draft}/submission/")
    case = f"/api/v1/cases/{filed['case']}/"
    question = send(officer, cases, shown(cases + "questions/")[0], f"{case}questions/")["uid"]
    send(filing, asked, shown(asked + "{uid}/answer/")[0], f"{asked}{question}/answer/")
    for example in shown("/api/v1/consultations/{uid}/positions/"):
        for consultation in officer.get(case).json()["consultations"]:
            member = client_of(officer_of(consultation["jurisdiction"]))
            address = f"/api/v1/consultations/{consultation['uid']}/positions/"
            if consultation["binding"] or not example.get("binding"):
                send(member, address, example, address)
    refusal = next(example for example in shown(cases + "decisions/") if example["kind"] == "refuse")
    send(officer, cases, refusal, f"{case}decisions/")


def kind_of_client(number: int, exporter: User) -> User | None:
    """Return a person of one of the kinds that ask, by turns; None for anyone."""
    kinds: list[Callable[[], User | None]] = [
        lambda: exporter,
        lambda: officer_of("DE"),
        lambda: officer_of("FR"),
        lambda: exporter_of(
            OrganisationFactory(jurisdiction=exporter.memberships.get().organisation.jurisdiction)
        ),
        lambda: officer_of("JP"),
        lambda: officer_of("DE", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS),
        lambda: officer_of("JP", Role.AUDITOR),
        lambda: officer_of("DE", Role.HUMANITARIAN_ADJUDICATOR),
        lambda: officer_of("FR", Role.CRISIS_SEAT),
        lambda: None,
    ]
    return kinds[number % len(kinds)]()


NUMBERED = list(enumerate(operations()))
MARK = "Marked Combustion Laboratory"


@stays
def marked(in_force: None, exporter: User, organisation: Organisation) -> Case:
    """A case whose parties' name tells whose it is, wherever it shows."""
    content = journeys.dossier()
    for party in content["parties"]:
        party["name"] = MARK
    return journeys.file(exporter, organisation, content)


@pytest.mark.parametrize(
    ("number", "operation"), NUMBERED, ids=[f"{one.method} {one.path}" for _number, one in NUMBERED]
)
def test_no_input_makes_an_operation_fail_or_tell_what_is_hidden(
    number: int,
    operation: Any,
    one_connection: None,
    client_of: ClientOf,
    exporter: User,
    marked: Case,
) -> None:
    """Each answer has a declared status, none is a server's error, and none tells whose case it is to who may not
    see it. Two kinds of clients take turns at each; `./entente prove schema` asks as every kind."""
    case = marked
    people = [kind_of_client(number, exporter), kind_of_client(number + 5, exporter)]
    clients = [
        (
            client_of(person)._credentials["HTTP_AUTHORIZATION"] if person else "",
            person is not None and Case.objects.visible_to(person).filter(pk=case.pk).exists(),  # type: ignore[attr-defined]
        )
        for person in people
    ]
    known = {"reference": case.reference if "/cases/" in operation.path else case.application.reference}
    consultation = case.consultations.first()
    if "/consultations/" in operation.path and consultation is not None:
        known["uid"] = str(consultation.uid)

    @settings(
        max_examples=examples(3),
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(tried=operation.as_strategy())
    def run(tried: Any) -> None:
        for name in known.keys() & (tried.path_parameters or {}).keys():
            tried.path_parameters[name] = known[name]
        for bearer, sees in clients:
            answer = tried.call(headers={"Authorization": bearer} if bearer else {})
            assert answer.status_code < 500, (tried, answer.text)
            # 415 for a body of another kind, 405 for a path that has become another one.
            declared = {*operation.definition.raw["responses"], "405", "415"}
            assert str(answer.status_code) in declared, (tried, answer.text)
            assert sees or MARK not in answer.text, (tried, answer.text)
            # A row of which `fields` asks for a part lacks what its type requires (docs/api.md).
            if answer.status_code == 200 and not (tried.query or {}).get("fields"):
                tried.validate_response(answer, checks=[response_schema_conformance])

    run()
