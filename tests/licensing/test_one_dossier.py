"""One dossier for every member of the alliance, in words that machines share."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from api.examples import DOSSIER
from licensing import dossier as dossiers
from licensing.dossier import tables
from licensing.models import Case
from licensing.services import applications
from members.models import Jurisdiction
from tests import factories, journeys

pytestmark = pytest.mark.usefixtures("in_force")


def test_the_same_dossier_is_registered_by_every_member() -> None:
    members = list(Jurisdiction.objects.all())
    assert len(members) > 5
    for member in members:
        organisation = factories.OrganisationFactory(jurisdiction=member)
        exporter = factories.exporter_of(organisation)
        made = applications.start(actor=exporter, organisation=organisation, dossier=journeys.dossier())
        applications.submit(actor=exporter, application=made)
    cases = Case.objects.select_related("revision")
    assert {case.lead_id for case in cases} == {member.code for member in members}
    assert {case.revision.sha256 for case in cases} == {dossiers.fingerprint(DOSSIER)}


def words(value: Any, context: dict[str, Any], path: str = "") -> list[str]:
    """The paths of what a context has no word for."""
    if isinstance(value, list):
        return [unknown for one in value for unknown in words(one, context, path)]
    if not isinstance(value, dict):
        return []
    found = []
    for key, inner in value.items():
        term = context.get(key)
        if term is None:
            found.append(f"{path}.{key}")
        elif isinstance(term, dict) and "@context" in term:
            found += words(inner, term["@context"], f"{path}.{key}")
    return found


def test_the_context_has_a_word_for_everything_a_dossier_says(client: Client) -> None:
    answer = client.get("/contexts/dossier/v1/")
    assert answer.headers["Content-Type"] == "application/ld+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    context = json.loads(answer.content)["@context"]
    full = {
        **journeys.dossier(),
        "documents": [{"uid": "", "kind": "", "name": "", "sha256": ""}],
        "ground": dict.fromkeys(
            ["kind", "explanation", "provider", "supply", "reference", "people", "needed_by", "perishable"]
        ),
        "emergency": dict.fromkeys(["requested", "reason", "without_it", "needed_by"]),
    }
    full["end_use"]["site_area"] = ""
    full["parties"].append({"owns": "", "share": "", "identifiers": [{"scheme": "lei", "value": ""}]})
    assert set(full) == {*dossiers.SECTIONS, *dossiers.TOP_TEXTS}
    assert words(full, context) == []
    assert words({"colour": 1, "items": [{"colour": 1}]}, context) == [".colour", ".items.colour"]
    for section in ("items", "parties"):
        columns = set(tables.COLUMNS[section]) - set(tables.IDENTIFIERS)
        assert columns <= set(context[section]["@context"])
