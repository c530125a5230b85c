"""CSV in the portal: template, a look at every row, taking over, faults and downloads."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from licensing.models import Application
from members.models import User
from tests.licensing.test_tables import CAMERA, HEAD

pytestmark = pytest.mark.usefixtures("in_force")


@pytest.fixture
def visitor(client: Client, exporter: User) -> Client:
    client.force_login(exporter)
    client.post("/applications/start/")
    return client


def file(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("items.csv", text.encode(), content_type="text/csv")


def hidden(page: str) -> dict[str, str]:
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    return {name: found[name] for name in ("table", "how", "version")}


def test_a_file_is_looked_at_taken_over_and_downloaded_again(visitor: Client) -> None:
    home = f"/applications/{Application.objects.get().reference}/items/table/"
    template = visitor.get(f"{home}template/")
    assert template.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert template.content.startswith(b"\xef\xbb\xbfdescription,")
    assert visitor.post(home, {}).status_code == 422
    look = visitor.post(home, {"file": file(f"{HEAD}\n{CAMERA}\n{CAMERA}")})
    assert look.status_code == 200
    assert "Take these 2 rows over" in look.content.decode()
    assert "items" not in Application.objects.get().draft
    assert visitor.post(home, hidden(look.content.decode())).status_code == 302
    assert len(Application.objects.get().draft["items"]) == 2

    more = visitor.post(home, {"file": file(f"{HEAD}\n{CAMERA}"), "how": "append"})
    assert "Add this row" in more.content.decode()
    assert visitor.post(home, hidden(more.content.decode())).status_code == 302
    down = visitor.get(f"{home}download/").content
    assert down.count(b"High-speed camera") == 3
    again = visitor.post(home, {"file": SimpleUploadedFile("items.csv", down), "how": "replace"})
    assert "Replace the 3 entries of the draft by these 3" in again.content.decode()


def test_faults_are_shown_at_their_cells_and_handed_out(visitor: Client) -> None:
    home = f"/applications/{Application.objects.get().reference}/items/table/"
    wrong = f"{HEAD}\n{CAMERA}\nCamera,6A003,9007,4,NAR,=1+1,EUR"
    look = visitor.post(home, {"file": file(wrong)})
    page = look.content.decode()
    assert look.status_code == 422
    assert "Row 3, hs_code: Give the HS code" in page
    assert page.count("app-table__wrong") == 2
    assert 'id="row-3"' in page
    carried = hidden(page)
    told = visitor.post(f"{home}faults/", carried)
    assert told.content.decode("utf-8-sig").splitlines()[2].startswith("3,value,'=1+1,")
    assert visitor.post(home, carried).status_code == 422
    assert "items" not in Application.objects.get().draft
    assert visitor.post(home, {**carried, "table": "no base64"}).status_code == 422
    assert visitor.get(home.replace("items", "route")).status_code == 404
