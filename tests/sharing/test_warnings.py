"""What one member warns of stands in the collection of all, and is held against the cases of every other."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
import stix2
from django.test import Client

from ledger.testing import run_deliveries
from licensing.models import Party
from members.models import Role
from screening.models import Hit, Snapshot
from sharing import contributing, stix, tlp
from sharing.models import Contribution, SharedObject
from tests.licensing.conftest import Desk, desk
from tests.sharing.conftest import MEDIA, System

__all__ = ["desk"]
pytestmark = pytest.mark.django_db
AT = "2026-11-27T12:00:00.000Z"
OBJECTS = f"/taxii2/members/collections/{stix.collection_id(())}/objects/"


def made(kind: str, modified: str = AT, **told: Any) -> dict[str, Any]:
    name = told.pop("id", f"{kind}--{uuid4()}")
    return {"type": kind, "spec_version": "2.1", "id": name, "created": AT, "modified": modified, **told}


def company(name: str, **told: Any) -> dict[str, Any]:
    return made("identity", name=name, identity_class="organization", **told)


def indicator() -> dict[str, Any]:
    return made("indicator", pattern="[domain-name:value = 'a.example']", pattern_type="stix", valid_from=AT)


@pytest.fixture
def writer(system_of: Any, officer_of: Any) -> System:
    found: System = system_of(officer_of("FR"), "taxii:read", "taxii:write")
    return found


def sent(system: System, *objects: Any) -> Any:
    answer = Client().post(
        OBJECTS,
        json.dumps({"objects": objects}),
        content_type=MEDIA,
        headers={"Authorization": system.basic, "Accept": MEDIA},
    )
    run_deliveries()
    return answer


def test_the_official_client_warns_and_another_member_reads(
    writer: System, system_of: Any, officer_of: Any
) -> None:
    collection = writer.collection()
    assert collection.can_write
    warned = [company("Straits Optical Works"), indicator()]
    status = collection.add_objects({"objects": warned})
    assert (status.status, status.total_count, status.success_count) == ("complete", 2, 2)
    assert [one["id"] for one in status.successes] == [one["id"] for one in warned]
    status.refresh()
    assert status.failure_count == 0
    german: System = system_of(officer_of("DE"))
    read = german.collection()
    assert not read.can_write
    told = read.get_objects()["objects"]
    assert [stix2.parse(one, allow_custom=False) for one in told] == [stix2.parse(one) for one in warned]
    assert german.get(f"members/status/{status.id}/").status_code == 404, "a status is its sender's"


def test_a_warning_of_one_member_is_a_hit_on_the_open_case_of_another(desk: Desk, writer: System) -> None:
    case = desk.case
    party = case.revision.parties.get(role=Party.Role.END_USER)
    assert case.lead_id == "DE"
    before = set(Hit.objects.filter(case_ref=f"case:{case.pk}").values_list("pk", flat=True))
    warned = company(party.name, description="Seen re-exporting to a military buyer.")
    place = made("location", country=party.country)
    at = made("relationship", relationship_type="located-at", source_ref=warned["id"], target_ref=place["id"])
    assert sent(writer, warned, place, at).status_code == 202
    hits = Hit.objects.filter(case_ref=f"case:{case.pk}").exclude(pk__in=before)
    assert {(hit.list_key, hit.entry_id) for hit in hits} == {("member-warnings", warned["id"])}
    entry = Snapshot.objects.get(source_list__key="member-warnings", in_force_until__isnull=True)
    assert entry.entries_count == 1
    assert Hit.objects.get(pk=hits[0].pk).status == "open"
    later = {**warned, "modified": "2026-11-28T12:00:00.000Z", "revoked": True}
    assert sent(writer, later).json()["success_count"] == 1
    last = Snapshot.objects.get(source_list__key="member-warnings", in_force_until__isnull=True)
    assert last.entries_count == 0


WRONG: list[tuple[Any, str]] = [
    ("text", "JSON object"),
    (made("malware", name="x", is_family=False), "these types"),
    ({**company("Works"), "spec_version": "2.0"}, "spec_version"),
    ({**company("Works"), "x_risk": "high"}, "no valid STIX"),
    (company("W"), "2 to 300"),
    (company("Works\x00"), "NUL"),
    (company("Works", description="x" * 20_001), "letters at most"),
    (company("Works", object_marking_refs=[tlp.IDS[tlp.STRICT]]), "TLP:GREEN"),
    (company("Works", id="identity--1"), "no valid STIX"),
    ({"type": "identity", "spec_version": "2.1", "id": [], "name": {}}, "Give id as a text"),
    (company("Works", modified="soon"), "no valid STIX"),
]


def test_what_is_not_taken_is_told_and_the_rest_is_taken(writer: System) -> None:
    good = company("Straits Optical Works", object_marking_refs=[tlp.IDS[tlp.GREEN]])
    answer = sent(writer, *(wrong for wrong, _told in WRONG), good)
    assert answer.status_code == 202, answer.content
    status = answer.json()
    assert (status["success_count"], status["failure_count"]) == (1, len(WRONG))
    for (wrong, told), failure in zip(WRONG, status["failures"], strict=True):
        assert told in failure["message"], (wrong, failure)
    assert [one.stix_id for one in SharedObject.objects.all()] == [good["id"]]


def test_an_object_belongs_to_the_member_that_shared_it_and_goes_on_only(
    writer: System, system_of: Any, officer_of: Any
) -> None:
    warned = company("Straits Optical Works")
    assert sent(writer, warned).json()["success_count"] == 1
    again = sent(writer, warned).json()
    assert (again["success_count"], again["successes"][0]["message"]) == (1, "This version was taken before.")
    assert SharedObject.objects.count() == 1
    earlier = {**warned, "created": "2026-11-26T12:00:00.000Z", "modified": "2026-11-26T12:00:00.000Z"}
    assert "later version" in sent(writer, earlier).json()["failures"][0]["message"]
    other = system_of(officer_of("JP"), "taxii:write")
    taken = sent(other, {**warned, "modified": "2026-11-29T12:00:00.000Z", "name": "Someone else"}).json()
    assert "Another member" in taken["failures"][0]["message"]


def test_who_may_not_warn_is_told_why(writer: System, system_of: Any, officer_of: Any) -> None:
    works = company("Straits Optical Works")
    assert sent(system_of(officer_of("DE"), "taxii:read"), works).status_code == 403
    adviser = sent(system_of(officer_of("DE", Role.ADVISER), "taxii:write"), works)
    assert (adviser.status_code, "Your role" in adviser.json()["description"]) == (403, True)
    for body in (b"[]", b'{"objects": 1}', b'{"objects": []}'):
        sent_by = {"Authorization": writer.basic, "Accept": MEDIA}
        bad = Client().post(OBJECTS, body, content_type=MEDIA, headers=sent_by)
        assert (bad.status_code, list(bad.json()["details"])) == (422, ["objects"])
    other = Client().post(OBJECTS, b"{}", content_type="application/json", headers=sent_by)
    assert other.status_code == 415
    assert not Contribution.objects.exists()
    assert contributing.MOST == 1000
