"""CSV over the API: text/csv or a form, whole or not at all, with pointers to the rows."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from licensing.models import Application
from members.models import User
from tests import factories
from tests.licensing.test_tables import CAMERA, HEAD

pytestmark = pytest.mark.usefixtures("in_force")
GOOD = f"{HEAD}\n{CAMERA}\n{CAMERA}"


def test_a_table_goes_in_and_comes_out(client_of: Any, exporter: User) -> None:
    system = client_of(exporter)
    made = system.post("/api/v1/applications/", {"dossier": {}}, format="json").json()
    path = f"/api/v1/applications/{made['reference']}/tables/items/"
    wrong = f"{HEAD}\n{CAMERA}\nHigh-speed camera,6A003,900710,0,NAR,1.00,EUR"
    for query in ("", "?preview=true"):
        refused = system.post(path + query, wrong, content_type="text/csv")
        assert (refused.status_code, refused.headers["Content-Type"]) == (422, "application/problem+json")
        assert [one["pointer"] for one in refused.json()["errors"]] == ["/rows/3/quantity"]
    seen = system.post(f"{path}?preview=true", GOOD, content_type="text/csv")
    assert (seen.status_code, seen.json()["rows"]) == (200, 2)
    assert Application.objects.get().draft == {}
    kept = system.post(f"{path}?version={made['version']}", GOOD, content_type="text/csv")
    assert len(kept.json()["dossier"]["items"]) == 2
    form = {"file": SimpleUploadedFile("items.csv", GOOD.encode()), "mode": "append"}
    assert len(system.post(path, form, format="multipart").json()["dossier"]["items"]) == 4
    stale = system.post(f"{path}?version={made['version']}", GOOD, content_type="text/csv")
    assert stale.status_code == 409
    assert (
        system.post(f"{path}?mode=merge", GOOD, content_type="text/csv").json()["errors"][0]["pointer"]
        == "mode"
    )
    assert system.post(path, {"items": []}, format="json").json()["errors"][0]["pointer"] == "table"
    keyed = {"content_type": "text/csv", "HTTP_IDEMPOTENCY_KEY": "one"}
    once = system.post(f"{path}?preview=true", GOOD, **keyed)
    assert system.post(f"{path}?preview=true", GOOD, **keyed).json() == once.json()
    assert system.post(f"{path}?preview=true", wrong, **keyed).json()["type"].endswith("key-reused/")
    sent = {"table": GOOD, "preview": True, "mode": "append"}
    assert system.post(path, sent, format="json").json()["entries"][0]["line"] == 5
    out = system.get(path, HTTP_ACCEPT="text/csv")
    assert out.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert out.content.count(b"High-speed camera") == 4
    example = system.get(f"{path}?template=true").content.decode()
    assert example.splitlines()[0].startswith("description,control_code")
    assert system.get(f"{path}?templates=true", HTTP_ACCEPT="text/csv").status_code == 422
    assert system.get(path.replace("items", "route")).status_code == 404
    assert client_of(factories.exporter_of(factories.OrganisationFactory())).get(path).status_code == 404
