"""Systems of an agent file for an exporter, and are told which mandate stands in the way."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from api.examples import DOSSIER
from core import clock
from licensing.models import Application, Case
from members.models import Organisation
from tests import factories, mandates

pytestmark = pytest.mark.usefixtures("in_force")
HOME = "/api/v1/applications/"


@pytest.fixture
def broker() -> Organisation:
    found: Organisation = factories.OrganisationFactory(
        name="Transit Dupont SA", jurisdiction=factories.JurisdictionFactory(code="FR")
    )
    return found


def test_a_system_of_the_agent_files_for_the_exporter(
    client_of: Any, organisation: Organisation, broker: Organisation
) -> None:
    clerk = factories.exporter_of(broker)
    mandate = mandates.in_force(organisation, broker)
    system = client_of(clerk)
    (listed,) = system.get("/api/v1/mandates/").json()["results"]
    assert (listed["reference"], listed["standing"]) == (mandate.reference, "in_force")
    exporter = listed["exporter"]["id"]
    made = system.post(HOME, {"dossier": DOSSIER, "on_behalf_of": exporter}, format="json")
    assert made.status_code == 201, made.json()
    told = made.json()
    assert told["exporter"] == organisation.name
    assert told["filed_under"] == {"mandate": mandate.reference, "agent": broker.name}
    path = f"{HOME}{told['reference']}/"
    etag = system.get(path).headers["ETag"]
    again = system.patch(
        path, {"dossier": {"title": "Camera"}, "version": told["version"]}, format="json", HTTP_IF_MATCH=etag
    )
    assert again.status_code == 200, again.json()
    done = system.post(f"{path}submission/", {}, format="json")
    assert done.json()["status"] == "registered", done.json()
    case = Case.objects.get(application__reference=told["reference"])
    assert case.application.organisation == organisation
    assert system.get("/api/v1/cases/").json()["results"][0]["reference"] == case.reference
    assert client_of(mandates.administrator_of(organisation)).get(path).json() == system.get(path).json()
    assert client_of(factories.exporter_of(factories.OrganisationFactory())).get(path).status_code == 404


def test_without_a_mandate_in_force_the_problem_names_it(
    client_of: Any, organisation: Organisation, broker: Organisation
) -> None:
    system = client_of(factories.exporter_of(broker))

    def refused(**more: Any) -> str:
        asked = {"dossier": {}, "on_behalf_of": str(organisation.uid), **more}
        answer = system.post(HOME, asked, format="json")
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden/")
        return str(answer.json()["detail"])

    none = "No mandate of this exporter names your organisation as its agent."
    assert refused() == refused(on_behalf_of=str(uuid.uuid4())) == none
    today = clock.today("Europe/Berlin")
    offered = mandates.offered(organisation, broker, "draft", ends_on=today)
    assert refused() == f"Mandate {offered.reference} is not in force: waiting for the agent."
    later = mandates.in_force(
        organisation, broker, "draft", starts_on=today + timedelta(days=3), ends_on=today + timedelta(days=9)
    )
    assert refused() == f"Mandate {later.reference} begins on {today + timedelta(days=3)}."
    other = mandates.in_force(organisation, broker, "answer", ends_on=today + timedelta(days=90))
    assert refused() == f"Mandate {other.reference} does not include this act: write drafts of applications."
    assert refused(mandate=later.reference).startswith(f"Mandate {later.reference} begins")
    assert refused(mandate="MD-0000-0000") == none
    assert not Application.objects.exists()
    wrong = system.post(HOME, {"dossier": {}, "mandate": later.reference}, format="json")
    assert wrong.json()["errors"][0]["pointer"] == "on_behalf_of"
    both = {"dossier": {}, "on_behalf_of": str(organisation.uid), "organisation": str(broker.uid)}
    assert system.post(HOME, both, format="json").json()["errors"][0]["pointer"] == "organisation"
    assert system.get("/api/v1/mandates/MD-0000-0000/").status_code == 404
