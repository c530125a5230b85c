"""Lists are narrowed, ordered and thinned by names that the schema tells; a wrong one is refused by its name."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from rest_framework.test import APIClient

from core.clock import now
from licensing.models import Application
from members.models import Organisation, User
from tests import journeys
from tests.api.test_schema import generated

ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]
SHARED = {"limit", "cursor", "fields", "ordering", "If-None-Match"}


def lists() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the addresses of paged lists with their own parameters."""
    return {
        path: {one["name"]: one for one in methods["get"]["parameters"]}
        for path, methods in generated()["paths"].items()
        if "get" in methods and any(one["name"] == "cursor" for one in methods["get"]["parameters"])
    }


def test_every_filter_is_told_in_the_schema_and_refuses_what_is_no_value_of_it(
    client_of: ClientOf, officer_of: OfficerOf, exporter: User
) -> None:
    officer, seen = client_of(officer_of("DE")), 0
    for path, parameters in lists().items():
        if "{" in path:
            continue
        for name, told in parameters.items():
            schema = told["schema"]
            checked = schema.get("format") in ("date", "date-time") or "enum" in str(schema)
            if told["in"] != "query" or not checked:
                continue
            answer = officer.get(path, {name: "nonsense"})
            assert answer.status_code == 422, (path, name)
            assert [error["pointer"] for error in answer.json()["errors"]] == [name]
            seen += 1
        slip = officer.get(path, {"statsu": "open"})
        assert slip.status_code == 422, path
        assert slip.json()["errors"][0]["pointer"] == "statsu"
    assert seen >= 20


def test_cases_are_found_by_each_filter_and_by_several(
    in_force: None, client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    first, second = (journeys.file(exporter, organisation, run=False) for _ in range(2))
    officer = client_of(officer_of("DE"))

    def found(**asked: Any) -> set[str]:
        answer = officer.get("/api/v1/cases/", asked)
        assert answer.status_code == 200, answer.json()
        return {row["reference"] for row in answer.json()["results"]}

    both = {first.reference, second.reference}
    assert (
        found()
        == found(lead="de")
        == found(lane="standard")
        == found(status=[first.status, "withdrawn"])
        == both
    )
    assert found(application=first.application.reference.lower()) == {first.reference}
    assert found(opened_after=second.opened_at.isoformat()) == {second.reference}
    assert found(opened_before=second.opened_at.isoformat(), lead="DE") == {first.reference}
    assert found(opened_before=first.opened_at.isoformat()) == found(status="withdrawn") == set()


def test_an_order_is_kept_from_page_to_page_and_a_cursor_belongs_to_its_order(
    client_of: ClientOf, exporter: User, organisation: Organisation
) -> None:
    filing, start = client_of(exporter), now().replace(microsecond=500)
    for number in range(5):
        Application.objects.create(
            reference=f"EA-0000-000{number}",
            organisation=organisation,
            created_by=exporter,
            created_at=start if number in (1, 2) else start.replace(microsecond=600 + number),
            saved_at=start,
        )
    for ordering in ("created_at", "-created_at", ""):
        rows, path = [], "/api/v1/applications/?limit=2" + (f"&ordering={ordering}" if ordering else "")
        while path:
            page = filing.get(path).json()
            rows += [(row["created_at"], row["reference"]) for row in page["results"]]
            path = page["next"]
        assert len(set(rows)) == len(rows) == 5
        if ordering:
            times = [time for time, _ in rows]
            assert times == sorted(times, reverse=ordering.startswith("-"))
    for position in ("2020-01-01T00:00:00-17:02", "0001-01-01T00:00:00+23:00"):
        forged = base64.b64encode(f"p={quote(position)}".encode()).decode()
        answer = filing.get("/api/v1/applications/", {"ordering": "created_at", "cursor": forged})
        assert answer.status_code in (200, 422)
        assert filing.get("/api/v1/applications/", {"created_after": position}).status_code in (200, 422)
    for torn in ("'(;", "%", "bm9uZQ=="):  # the first page again would be taken for the next
        answer = filing.get("/api/v1/applications/", {"cursor": torn})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "cursor")
    assert filing.get("/api/v1/applications/?cursor=").status_code == 200
    other = filing.get("/api/v1/applications/?limit=2&ordering=created_at").json()["next"]
    refused = filing.get(other.replace("&ordering=created_at", "").replace("ordering=created_at&", ""))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "cursor"


def test_only_the_fields_asked_for_are_answered(
    in_force: None, client_of: ClientOf, exporter: User, organisation: Organisation
) -> None:
    filing = client_of(exporter)
    unknown = filing.get("/api/v1/applications/?fields=reference,colour")  # also while there is no row
    assert unknown.status_code == 422
    assert "colour" in unknown.json()["errors"][0]["detail"]
    made = filing.post("/api/v1/applications/", {"dossier": {"title": "T"}}, format="json").json()
    page = filing.get("/api/v1/applications/?fields=status,reference").json()
    assert page["results"] == [{"status": "draft", "reference": made["reference"]}]
    one = filing.get(f"/api/v1/applications/{made['reference']}/?fields=reference&fields=version")
    assert one.json() == {"reference": made["reference"], "version": made["version"]}
