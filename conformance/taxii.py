"""What a threat-intelligence tool relies on: TAXII 2.1 as the standard says it, and STIX 2.1 in what it polls."""

from __future__ import annotations

import base64
import json
import re
import uuid
from typing import Any

import requests

from conformance.partner import Partner, told
from conformance.suite import Checks, Skipped, expect

checks: Checks[Partner] = Checks()
DOC = "docs/taxii.md"
MEDIA = "application/taxii+json;version=2.1"
#: TLP 2.0 as the OASIS common object repository has it, all ten groups of each.
TLP = {
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "clear",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "green",
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "amber",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "amber+strict",
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "red",
}
TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")


def _get(partner: Partner, path: str, **headers: str) -> requests.Response:
    return partner.get(path, headers={"Accept": MEDIA} | headers)


def _read(partner: Partner, path: str) -> Any:
    """Return what stands at an address, which has to answer in the media type of TAXII 2.1."""
    answer = _get(partner, path)
    expect(answer.status_code == 200, told(answer))
    kind = answer.headers.get("Content-Type", "").replace(" ", "")
    expect(kind == MEDIA, f"Expected {MEDIA}, not {kind}; {told(answer)[:200]}")
    return answer.json()


def _root(partner: Partner) -> str:
    """Return the API root that discovery names."""
    return str(_read(partner, "/taxii2/").get("default", "")).removeprefix(partner.base)


def _collection(partner: Partner) -> str:
    """Return the address of the collection of most members in which something stands."""
    root = _root(partner)
    for one in _read(partner, f"{root}collections/").get("collections", []):
        if one["can_read"]:
            return f"{root}collections/{one['id']}/"
    raise Skipped("Nothing is shared with this member: reset the sandbox, in which a denial is.")


def _refused(partner: Partner, path: str, status: int, field: str = "") -> None:
    """Ask for what has to be refused with a TAXII error message of a status, that names a field."""
    answer = _get(partner, path)
    expect(answer.status_code == status, f"Expected {status}; {told(answer)}")
    message = answer.json()
    expect(
        message.get("title") and message.get("http_status") == str(status),
        f"This is no error message with title and http_status: {message}",
    )
    expect(not field or field in message.get("details", {}), f"The error does not name {field}: {message}")


@checks.add(DOC)
def taxii_discovery(partner: Partner) -> None:
    """Discovery names a default API root, and that says which versions it speaks."""
    found = _read(partner, "/taxii2/")
    expect(found.get("title") and found.get("default") in found.get("api_roots", []), f"No root: {found}")
    root = _read(partner, _root(partner))
    expect(MEDIA in root.get("versions", []), f"{root} does not speak {MEDIA}")
    expect(root.get("max_content_length", 0) > 0, f"No max_content_length: {root}")


@checks.add(f"{DOC}#signing-in")
def taxii_basic(partner: Partner) -> None:
    """A client signs in with id and secret at each call; with a wrong one, or none, it is told how (401)."""
    if partner.key is not None:
        raise Skipped("A client with registered keys signs in with a token only.")

    def basic(secret: str) -> requests.Response:
        pair = base64.b64encode(f"{partner.client_id}:{secret}".encode()).decode()
        return partner.get("/taxii2/", token="", headers={"Accept": MEDIA, "Authorization": f"Basic {pair}"})

    right = basic(partner.client_secret)
    expect(right.status_code == 200, told(right))
    for refused in (basic("not-the-secret"), partner.get("/taxii2/", token="", headers={"Accept": MEDIA})):
        expect(refused.status_code == 401, f"Expected 401; {told(refused)}")
        asked = refused.headers.get("WWW-Authenticate", "")
        expect("Basic" in asked, f"WWW-Authenticate does not offer Basic: {asked}")


@checks.add(DOC)
def taxii_accept(partner: Partner) -> None:
    """What accepts neither TAXII 2.1 nor anything is answered 406."""
    for accept in ("application/taxii+json;version=2.0", "application/json"):
        answer = _get(partner, "/taxii2/", Accept=accept)
        expect(answer.status_code == 406, f"Expected 406 for {accept}; {told(answer)[:200]}")


@checks.add(f"{DOC}#collections")
def taxii_collections(partner: Partner) -> None:
    """Each collection says what may be done in it; one of another's or none answers 404."""
    root = _root(partner)
    for one in _read(partner, f"{root}collections/").get("collections", []):
        lacking = {"id", "title", "can_read", "can_write"} - set(one)
        expect(not lacking, f"A collection lacks {lacking}")
        expect(_read(partner, f"{root}collections/{one['id']}/") == one, "Alone it is told otherwise.")
    _refused(partner, f"{root}collections/00000000-0000-5000-8000-000000000000/objects/", 404)


@checks.add(f"{DOC}#what-is-mapped-to-what")
def taxii_objects(partner: Partner) -> None:
    """What is polled is STIX 2.1: each object has its identity, and what it refers to stands beside it."""
    page = _read(partner, f"{_collection(partner)}objects/?limit=1000")
    objects = page["objects"]
    known = {one["id"] for one in objects}
    for one in objects:
        lacking = [name for name in ("type", "id", "spec_version", "created") if not one.get(name)]
        expect(not lacking and one["spec_version"] == "2.1", f"No STIX 2.1 ({lacking}): {str(one)[:200]}")
        refs = [*one.get("object_refs", []), *one.get("object_marking_refs", [])]
        refs += [one[name] for name in ("created_by_ref", "source_ref", "target_ref") if name in one]
        missing = [] if page["more"] else sorted(set(refs) - known)
        expect(not missing, f"{one['id']} refers to what is not there: {missing}")


@checks.add(f"{DOC}#collections")
def taxii_markings(partner: Partner) -> None:
    """Each object is marked with the TLP 2.0 of the standard, under its exact identifier."""
    objects = _read(partner, f"{_collection(partner)}objects/?limit=1000")["objects"]
    for one in objects:
        if TLP_EXTENSION in one.get("extensions", {}):
            colour = one["extensions"][TLP_EXTENSION].get("tlp_2_0")
            expect(TLP.get(one["id"]) == colour, f"{one['id']} is not that of {colour}")
        if one["type"] == "report":
            marked = [ref for ref in one.get("object_marking_refs", []) if ref in TLP]
            expect(len(marked) == 1, f"{one['id']} is marked {marked}")


@checks.add(f"{DOC}#polling")
def taxii_pages(partner: Partner) -> None:
    """Pages of three lead through a collection as one page of all does, with the dates of each in its headers."""
    address = f"{_collection(partner)}objects/"
    whole = [one["id"] for one in _read(partner, f"{address}?limit=60")["objects"]]
    walked: list[str] = []
    query, dates = "?limit=3", [""]
    while len(walked) < len(whole):
        answer = _get(partner, f"{address}{query}")
        page = answer.json()
        expect(0 < len(page.get("objects", [])) <= 3, f"A page does not hold its limit: {told(answer)[:200]}")
        walked += [one["id"] for one in page["objects"]]
        first, last = (answer.headers.get(f"X-TAXII-Date-Added-{end}", "") for end in ("First", "Last"))
        expect(INSTANT.fullmatch(first) and INSTANT.fullmatch(last), "No X-TAXII-Date-Added-First or -Last.")
        expect(dates[-1] < first <= last, f"Pages go back in time: {dates[-1]}, {first}, {last}")
        dates.append(last)
        if not page.get("more"):
            break
        query = f"?limit=3&next={page['next']}"
    expect(walked[: len(whole)] == whole, f"Pages of three list {len(walked)}, one page {len(whole)}.")


@checks.add(f"{DOC}#polling")
def taxii_added_after(partner: Partner) -> None:
    """What was added later than an instant is all that is told after it."""
    address = f"{_collection(partner)}manifest/"
    listed = _read(partner, f"{address}?limit=60")["objects"]
    middle = listed[len(listed) // 2]["date_added"]
    later = _read(partner, f"{address}?limit=60&added_after={middle}").get("objects", [])
    wanted = [one["id"] for one in listed if one["date_added"] > middle]
    expect(
        [one["id"] for one in later][: len(wanted)] == wanted,
        f"After {middle} {len(later)} are told, and not the {len(wanted)} that were added after it.",
    )


@checks.add(f"{DOC}#polling")
def taxii_matches(partner: Partner) -> None:
    """Objects are found by type, by identifier and by version; their versions are listed."""
    address = _collection(partner)
    found = _read(partner, f"{address}objects/?match[type]=report")["objects"]
    expect({one["type"] for one in found} == {"report"}, "match[type] does not narrow.")
    one = found[-1]
    alone = _read(partner, f"{address}objects/{one['id']}/")["objects"]
    expect(alone == [one], "An object alone is told otherwise than among others.")
    by_id = _read(partner, f"{address}objects/?match[id]={one['id']}&match[version]={one['modified']}")
    expect(by_id["objects"] == [one], "match[id] with match[version] does not find that version.")
    versions = _read(partner, f"{address}objects/{one['id']}/versions/")["versions"]
    expect(versions[-1] == one["modified"], f"The last version is {one['modified']}, listed are {versions}")


@checks.add(f"{DOC}#errors")
def taxii_errors(partner: Partner) -> None:
    """What cannot be read is a TAXII error message (400) that names the parameter."""
    address = f"{_collection(partner)}objects/"
    for query, field in (
        ("added_after=yesterday", "added_after"),
        ("limit=0", "limit"),
        ("next=made-up", "next"),
        ("match[colour]=red", "match[colour]"),
    ):
        _refused(partner, f"{address}?{query}", 400, field)


@checks.add(f"{DOC}#warning-other-members", writes=True)
def taxii_add(partner: Partner) -> None:
    """Objects are added where the collection says so; each is judged alone, and the status says how."""
    root = _root(partner)
    open_to = [
        one for one in _read(partner, f"{root}collections/").get("collections", []) if one["can_write"]
    ]
    if not open_to:
        raise Skipped(
            "No collection can be written to: it takes the scope taxii:write and a licensing officer."
        )
    at = "2026-11-27T12:00:00.000Z"
    good = {
        "type": "identity",
        "spec_version": "2.1",
        "id": f"identity--{uuid.uuid4()}",
        "created": at,
        "modified": at,
        "name": "Conformance Suite Test Works",
        "identity_class": "organization",
        "revoked": True,  # watched for by nobody
    }
    address = f"{root}collections/{open_to[0]['id']}/objects/"
    sent = partner.call(
        "POST",
        address,
        data=json.dumps({"objects": [good, {"type": "identity"}]}).encode(),
        headers={"Accept": MEDIA, "Content-Type": MEDIA},
    )
    status = partner.done(sent, 202)
    counts = [status.get(f"{name}_count") for name in ("total", "success", "failure", "pending")]
    expect(counts == [2, 1, 1, 0], f"Of two objects, one fit, the status says: {status}")
    expect(_read(partner, f"{root}status/{status['id']}/") == status, "The status is told otherwise later.")
    stands = _read(partner, f"{address}{good['id']}/").get("objects", [])
    expect([one["id"] for one in stands] == [good["id"]], "What was taken does not stand in the collection.")
