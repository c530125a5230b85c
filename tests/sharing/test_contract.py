"""The contract with TAXII clients: the official one, unmodified, and the letter of the standard."""

from __future__ import annotations

import runpy
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import stix2
from django.apps import apps
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client
from taxii2client.v21 import as_pages

from intelligence import services as intelligence
from intelligence.models import Denial
from ledger.models import Delivery, Event
from ledger.testing import run_deliveries
from members.models import Role
from sharing import services, stix, tlp
from sharing.models import Collection, Entry, SharedObject
from tests.sharing.conftest import MEDIA, System, denied

ALL = "Releasable to all members (TLP:GREEN)"
pytestmark = pytest.mark.django_db


@pytest.fixture
def french(system_of: Any, officer_of: Any) -> System:
    found: System = system_of(officer_of("FR"))
    return found


def test_the_official_client_finds_and_reads_what_is_shared(french: System) -> None:
    denial = denied()
    root = french.server.default
    assert (root.title, root.versions) == ("Members of the alliance", [MEDIA])
    collection = french.collection()
    assert (collection.can_read, collection.can_write) == (True, False)
    told = collection.get_objects()["objects"]
    for one in told:
        stix2.parse(one, allow_custom=False, version="2.1")
    report = next(one for one in told if one["type"] == "report")
    assert (report["name"], report["description"]) == (f"Denial {denial.reference}", "Risk of diversion.")
    known = {one["id"] for one in told}
    referred = {*report["object_refs"], *report["object_marking_refs"], *report["extensions"]}
    assert {report["created_by_ref"], *referred} <= known
    manifest = collection.get_manifest()["objects"]
    assert [one["id"] for one in manifest] == [one["id"] for one in told]
    assert collection.get_object(report["id"])["objects"] == [report]
    assert collection.object_versions(report["id"])["versions"] == [report["modified"]]
    paged = [one for page in as_pages(collection.get_objects, per_request=4) for one in page["objects"]]
    assert paged == told
    listed = [
        one["id"] for page in as_pages(collection.get_manifest, per_request=5) for one in page["objects"]
    ]
    assert listed == [one["id"] for one in told]
    assert collection.get_objects() == collection.get_objects(), "a second poll gives other objects"


def test_over_a_socket_the_script_of_the_docs_tells_what_is_new(
    live_server: Any,
    system_of: Any,
    officer_of: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    denial = denied()
    french: System = system_of(officer_of("FR"))
    script = Path(__file__).resolve().parents[2] / "docs" / "poll_taxii.py"
    asked = [
        str(script),
        live_server.url,
        french.client.client_id,
        french.secret,
        str(tmp_path / "state.json"),
    ]
    monkeypatch.setattr("sys.argv", asked)
    for told in (f"valid  Denial {denial.reference}: Risk of diversion.", ""):
        runpy.run_path(str(script))
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith(ALL)
        assert [line.strip() for line in lines[1:]] == ([told] if told else [])
    with transaction.atomic():
        services.share_denial(denial_id=denied_again(denial), at=denial.decided_at)
        assert _tried_elsewhere(denial) == "LockNotAvailable", "instants are given by two at a time"


def denied_again(denial: Denial) -> int:
    """Let there be something new to share of a denial."""
    Denial.objects.filter(pk=denial.pk).update(reviews=1)
    return denial.pk


def _tried_elsewhere(denial: Denial) -> str:
    """Return what hinders another process from sharing meanwhile."""
    found: list[str] = []

    def share() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '100ms'")
            services.share_denial(denial_id=denial.pk, at=denial.decided_at)
        except OperationalError as error:
            found.append(type(error.__cause__).__name__)
        finally:
            connection.close()

    other = threading.Thread(target=share)
    other.start()
    other.join()
    return found[0] if found else ""


def test_markings_have_the_exact_ids_of_the_standard(system_of: Any, officer_of: Any) -> None:
    """Compared with the text of the OASIS common objects, all ten groups; several repositories have others."""
    assert tlp.EXTENSION == "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
    assert list(tlp.IDS.values()) == [
        "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
        "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
    ]
    for colour in tlp.IDS:
        stix2.parse(tlp.marking(colour), allow_custom=False)
    denied()
    denied("FR")
    german: System = system_of(officer_of("DE"))
    for title, colour in ((ALL, tlp.GREEN), ("Releasable to DE, FR (TLP:AMBER+STRICT)", tlp.STRICT)):
        told = german.collection(title).get_objects()["objects"]
        assert tlp.marking(colour) in told
        marked = [one for one in told if one["type"] == "report"]
        assert all(tlp.IDS[colour] in one["object_marking_refs"] for one in marked)


def test_what_is_added_while_a_client_pages_is_never_missed(french: System, officer_of: Any) -> None:
    first = denied()
    collection = french.collection()
    page = collection.get_objects(limit=3)
    denied()
    seen = list(page["objects"])
    while page["more"]:
        page = collection.get_objects(limit=3, next=page["next"])
        seen += page["objects"]
    names = [one["name"] for one in seen if one["type"] == "report"]
    assert len(names) == 2
    assert len({one["id"] for one in seen}) == len(seen), "an object came twice"
    last = french.get(f"members/collections/{collection.id}/objects/")["X-TAXII-Date-Added-Last"]
    assert collection.get_objects(added_after=last) == {}
    decider = officer_of("DE", Role.DECIDER)
    intelligence.withdraw_denial(actor=decider, denial=first, reason="The site was visited.")
    run_deliveries()
    news = collection.get_objects(added_after=last)["objects"]
    assert {one["type"] for one in news} == {"report", "identity", "location", "relationship"}
    assert all(one["revoked"] for one in news)


def test_dates_grow_and_are_told_as_the_standard_writes_them(french: System) -> None:
    denied()
    denied()
    dates = list(Entry.objects.order_by("pk").values_list("added_at", flat=True))
    assert dates == sorted(set(dates))
    answer = french.get(f"members/collections/{stix.collection_id(())}/manifest/")
    listed = [one["date_added"] for one in answer.json()["objects"]]
    assert (answer["X-TAXII-Date-Added-First"], answer["X-TAXII-Date-Added-Last"]) == (listed[0], listed[-1])
    assert answer["Content-Type"] == MEDIA
    middle = listed[len(listed) // 2]
    later = french.get(f"members/collections/{stix.collection_id(())}/manifest/", {"added_after": middle})
    assert [one["date_added"] for one in later.json()["objects"]] == [one for one in listed if one > middle]


def test_versions_are_matched(french: System, officer_of: Any) -> None:
    denial = denied()
    intelligence.review_denial(actor=officer_of("DE", Role.DECIDER), denial=denial, keep=True)
    run_deliveries()
    collection = french.collection()
    (last,) = collection.get_objects(type="report")["objects"]
    (first,) = collection.get_objects(type="report", version="first")["objects"]
    both = collection.get_objects(type="report", version="all")["objects"]
    assert both == [first, last]
    assert first["modified"] < last["modified"]
    assert collection.object_versions(last["id"])["versions"] == [first["modified"], last["modified"]]
    exact = collection.get_objects(id=last["id"], version=first["modified"])["objects"]
    assert exact == [first]
    assert len(collection.get_objects(type="report,location", version="first,last")["objects"]) > 2
    assert collection.get_objects(spec_version="2.0") == {}
    assert collection.get_object(last["id"], version="first")["objects"] == [first]


UNREADABLE: list[tuple[dict[str, Any], str]] = [
    ({"added_after": "yesterday"}, "added_after"),
    ({"added_after": "2026-13-01T00:00:00Z"}, "added_after"),
    ({"added_after": "2026-11-27T12:00:00+01:00"}, "added_after"),
    ({"limit": "0"}, "limit"),
    ({"limit": "many"}, "limit"),
    ({"next": "made-up"}, "next"),
    ({"match[name]": "x"}, "match[name]"),
    ({"match[version]": "newest"}, "match[version]"),
    ({"match[type]": "Re port"}, "match[type]"),
    ({"match[id]": "report"}, "match[id]"),
    ({"match[spec_version]": "9.9"}, "match[spec_version]"),
    ({"status": "x"}, "status"),
    ({"match[type]": ["a", "b"]}, "match[type]"),
]


def test_what_cannot_be_read_is_told_at_its_name(french: System) -> None:
    denied()
    collection = f"members/collections/{stix.collection_id(())}"
    for query, field in UNREADABLE:
        answer = french.get(f"{collection}/objects/", query)
        told = answer.json()
        assert answer.status_code == 400, (query, told)
        assert (told["http_status"], told["error_code"]) == ("400", "invalid")
        assert list(told["details"]) == [field]
        assert answer["Content-Type"] == MEDIA
    assert told["external_details"].endswith("/problems/invalid/")
    assert Client().get("/problems/invalid/").status_code == 200


ACCEPTED = [
    (MEDIA, 200),
    ("application/taxii+json", 200),
    ("application/taxii+json; version=2.1", 200),
    ("text/html, application/taxii+json;version=2.1;q=0.5", 200),
    ("*/*", 200),
    ("application/taxii+json;version=2.0", 406),
    ("application/vnd.oasis.taxii+json", 406),
    ("application/json", 406),
    ("application/taxii+json;version=2.1;q=0", 406),
]


def test_only_what_is_served_is_accepted(french: System) -> None:
    for accept, status in ACCEPTED:
        answer = french.get("", Accept=accept)
        assert answer.status_code == status, accept
        assert answer["Content-Type"] == MEDIA


def test_addresses_and_methods_that_are_not_there(french: System) -> None:
    denied()
    key = stix.collection_id(())
    for address in (
        "nothing/",
        "members/collections/no-uuid/",
        f"members/collections/{stix.collection_id(['JP'])}/objects/",
        f"members/collections/{key}/objects/report--00000000-0000-5000-8000-000000000000/",
        f"members/collections/{key}/objects/nonsense/versions/",
        "members/status/00000000-0000-5000-8000-000000000000/",
    ):
        answer = french.get(address)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "not-found"), address
    sent = {"Authorization": french.basic, "Accept": MEDIA}
    assert Client().delete("/taxii2/members/", headers=sent).status_code == 405
    assert Client().get("/taxii2", headers=sent).status_code == 301


def test_the_database_keeps_what_was_shared(french: System) -> None:
    denied()
    for model, changed in ((Collection, "made_at"), (SharedObject, "version"), (Entry, "added_at")):
        for act in (
            lambda m=model, c=changed: m.objects.update(**{c: "2030-01-01T00:00Z"}),
            model.objects.all().delete,
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()


def test_what_was_told_before_there_were_collections_is_shared_by_the_sweep(french: System) -> None:
    """The migration leaves a delivery for each; here nothing took the event when it was recorded."""
    denied()
    (denial,) = Denial.objects.all()
    event = Event.objects.get(type="denial.recorded")
    migration: Any = import_module("sharing.migrations.0003_share_what_stands")
    before = Entry.objects.count()
    migration.share(apps, None)
    migration.share(apps, None)
    assert [one.subscriber for one in Delivery.objects.filter(event=event)] == [
        "sharing.subscribers.share_denial:denial.recorded"
    ]
    Denial.objects.filter(pk=denial.pk).update(reviews=1)
    run_deliveries()
    assert Entry.objects.count() > before
