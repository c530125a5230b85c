"""What an exporter's system relies on: filing once, whatever happens on the way, and never over what changed."""

from __future__ import annotations

import time
from typing import Any

from conformance.partner import Partner
from conformance.suite import Checks, expect

checks: Checks[Partner] = Checks()
API = "docs/api.md"
APPLICATIONS = "/api/v1/applications/"


def _example(partner: Partner) -> dict[str, Any]:
    """Return the dossier that the schema shows."""
    paths = partner.read("/api/v1/openapi.json", token="")["paths"]
    content = paths[APPLICATIONS]["post"]["requestBody"]["content"]["application/json"]
    found: dict[str, Any] = next(iter(content["examples"].values()))["value"]
    return found


def _draft(partner: Partner) -> dict[str, Any]:
    found: dict[str, Any] = partner.done(partner.call("POST", APPLICATIONS, {"dossier": {}}), 201)
    return found


@checks.add(f"{API}#what-holds-at-every-address", writes=True)
def idempotency(partner: Partner) -> None:
    """The same key gets the same answer and one effect; with another request it is refused (422)."""
    key = {"Idempotency-Key": partner.fresh()}
    body = {"dossier": {"own_reference": key["Idempotency-Key"]}}
    first = partner.call("POST", APPLICATIONS, body, headers=key)
    made = partner.done(first, 201)
    again = partner.call("POST", APPLICATIONS, body, headers=key)
    expect(again.status_code == 201 and again.json() == made, "The same key got another answer.")
    expect(
        again.headers.get("Idempotent-Replayed") == "true",
        "No Idempotent-Replayed: true on the second answer.",
    )
    other = partner.call("POST", APPLICATIONS, {"dossier": {"title": "Another"}}, headers=key)
    partner.refused(other, 422, "idempotency-key-reused")
    third = partner.done(
        partner.call("POST", APPLICATIONS, body, headers={"Idempotency-Key": partner.fresh()}), 201
    )
    expect(third["reference"] != made["reference"], "Another key got the same thing.")


@checks.add(f"{API}#what-holds-at-every-address", writes=True)
def refusals_repeat(partner: Partner) -> None:
    """A refusal, too, is the answer of its key."""
    key = {"Idempotency-Key": partner.fresh()}
    answers = [
        partner.call("POST", APPLICATIONS, {"dossier": {"no_such": 1}}, headers=key) for _time in range(2)
    ]
    for answer in answers:
        partner.refused(answer, 422, "invalid", "dossier.no_such")
    expect(answers[1].headers.get("Idempotent-Replayed") == "true", "The refusal was not replayed.")


@checks.add(f"{API}#what-holds-at-every-address", writes=True)
def lost_update(partner: Partner) -> None:
    """If-Match lets nothing be written over what has changed: 412 with the tag in force."""
    address = f"{APPLICATIONS}{_draft(partner)['reference']}/"
    read = partner.get(address)
    tag = read.headers.get("ETag", "")
    change = {"dossier": {"title": "First"}, "version": read.json()["version"]}
    first = partner.call("PATCH", address, change, headers={"If-Match": tag})
    expect(partner.done(first, 200)["dossier"]["title"] == "First", "What was sent was not kept.")
    expect(first.headers.get("ETag") not in ("", None, tag), "A change does not tell the new tag.")
    late = partner.call("PATCH", address, {**change, "dossier": {"title": "Late"}}, headers={"If-Match": tag})
    partner.refused(late, 412, "precondition-failed")
    expect(late.headers.get("ETag") == first.headers["ETag"], "412 does not tell the tag in force.")
    expect(partner.read(address)["dossier"]["title"] == "First", "It was written over all the same.")


@checks.add("docs/dossier.md", writes=True)
def fields_at_fault(partner: Partner) -> None:
    """What cannot be kept, even as a draft, is refused at its path."""
    for dossier, path in (({"no_such": 1}, "dossier.no_such"), ("text", "dossier")):
        partner.refused(partner.call("POST", APPLICATIONS, {"dossier": dossier}), 422, "invalid", path)


@checks.add("docs/dossier.md", writes=True)
def returned(partner: Partner) -> None:
    """An incomplete application is returned without action, with a code and a path for each deficiency."""
    address = f"{APPLICATIONS}{_draft(partner)['reference']}/submission/"
    answer = partner.done(partner.call("POST", address, {}), 200)
    expect(answer["status"] == "returned" and answer["case"] is None, f"Not returned: {answer['status']}")
    expect(
        answer["deficiencies"]
        and all({"code", "path", "message"} <= set(one) for one in answer["deficiencies"]),
        f"Deficiencies without code, path and message: {answer['deficiencies'][:1]}",
    )


@checks.add(f"{API}#in-ten-minutes", writes=True)
def filed(partner: Partner) -> None:
    """The dossier of the schema is filed and becomes a case that tells its clock and the acts allowed on it."""
    draft = partner.done(partner.call("POST", APPLICATIONS, _example(partner)), 201)
    address = f"{APPLICATIONS}{draft['reference']}/submission/"
    key = {"Idempotency-Key": partner.fresh()}
    case = partner.done(partner.call("POST", address, {}, headers=key), 200)["case"]
    expect(case, "It became no case.")
    expect(
        partner.call("POST", address, {}, headers=key).json()["case"] == case,
        "Sent again it is another case.",
    )
    partner.refused(partner.call("POST", address, {}), 409)
    seen: dict[str, Any] = {}
    for _look in range(60):
        seen = partner.read(f"/api/v1/cases/{case}/")
        if seen.get("expected") and seen.get("routed_at"):
            break
        time.sleep(0.5)
    expect(seen.get("routed_at"), "It was not routed within half a minute.")
    expect(
        {"due_at", "rule", "steps"} <= set(seen["expected"] or {}),
        f"No due instant with its rule: {seen['expected']}",
    )
    barred = [
        act["name"] for act in seen["acts"] if not act["allowed"] and not (act["reason"] or act["blockers"])
    ]
    expect(seen["acts"] and not barred, f"Acts that are not allowed do not say why: {barred}")


@checks.add("docs/customs.md")
def pre_shipment(partner: Partner) -> None:
    """The pre-shipment check says go within a licence, and every reason why not beyond it."""
    number = partner.licence_of("untouched")
    licence = partner.read(f"/api/v1/licences/{number}/")
    line = licence["lines"][0]
    for quantity, verdict in (("1", "go"), ("100000", "no_go")):
        asked = {
            "licence": number,
            "goods": [{"line": line["line"], "quantity": quantity, "unit": line["unit"]}],
            "destination": licence["destinations"][0],
            "leaves_from": licence["territory"][0],
        }
        answer = partner.done(partner.call("POST", "/api/v1/pre-shipment-check/", asked), 200)
        codes = [one["code"] for one in answer["reasons"]]
        expect(
            answer["verdict"] == verdict, f"{quantity} of line {line['line']} should be {verdict}: {answer}"
        )
        expect(verdict == "go" or "over_limit" in codes, f"over_limit is not among the reasons: {codes}")


@checks.add("docs/customs.md", writes=True)
def no_reservation(partner: Partner) -> None:
    """An exporter's system cannot draw on a licence: 403."""
    number = partner.licence_of("untouched")
    asked = {"line": 1, "quantity": "1", "unit": "NAR", "office": "DE004851", "declaration": "26DE0000000000"}
    partner.refused(partner.call("POST", f"/api/v1/licences/{number}/reservations/", asked), 403, "forbidden")
