"""What a licensing authority's system relies on: it acts on what it read, and its positions have what they need."""

from __future__ import annotations

from typing import Any

from conformance.partner import Partner
from conformance.suite import Checks, Skipped, expect

checks: Checks[Partner] = Checks()
API = "docs/api.md"


def _open_case(partner: Partner) -> tuple[dict[str, Any], str]:
    """Return a case that the authority is asked about, and where its position goes."""
    rows = partner.read("/api/v1/cases/?status=in_review&limit=50&fields=reference")["results"]
    for row in rows:
        case = partner.read(f"/api/v1/cases/{row['reference']}/")
        for act in case["acts"]:
            if act["name"] == "take_position" and act["allowed"]:
                return case, str(act["href"])
    raise Skipped(
        "No open consultation waits for this authority: reset the sandbox, or file a case that asks it."
    )


@checks.add(f"{API}#in-ten-minutes")
def acts(partner: Partner) -> None:
    """A case tells each act with its method and address, and why it is not allowed where it is not."""
    case, _href = _open_case(partner)
    for act in case["acts"]:
        expect(act["href"].startswith("/api/v1/") and act["method"], f"Without an address: {act}")
        expect(act["allowed"] or act["reason"] or act["blockers"], f"Not allowed, and no reason: {act}")


@checks.add(f"{API}#signed-positions", writes=True)
def position_at_fault(partner: Partner) -> None:
    """A position of no kind, and an objection without its grounds, are refused at what is missing."""
    _case, href = _open_case(partner)
    partner.refused(partner.call("POST", href, {"kind": "maybe"}), 422, "invalid", "kind")
    bare = partner.refused(partner.call("POST", href, {"kind": "object"}), 422, "invalid")
    lacking = {one["pointer"] for one in bare["errors"]}
    expect(
        {"reason_code", "legal_basis"} <= lacking,
        f"An objection without grounds is faulted only at {lacking}",
    )


@checks.add(f"{API}#what-holds-at-every-address", writes=True)
def position_once(partner: Partner) -> None:
    """An act on what has changed is refused (412); a position sent twice with its key is taken once."""
    case, href = _open_case(partner)
    body = {"kind": "no_objection"}
    late = partner.call("POST", href, body, headers={"If-Match": '"of-another-time"'})
    partner.refused(late, 412, "precondition-failed")
    key = {"Idempotency-Key": partner.fresh()}
    headers = dict(key)
    if partner.key is not None:
        headers |= signed(partner, href, b'{"kind": "no_objection"}')
    first = partner.call("POST", href, body, headers=headers)
    if first.status_code == 403 and "sign" in first.text.lower():
        raise Skipped("This authority asks its systems to sign: give --key and --key-id.")
    taken = partner.done(first, 200, 201)
    again = partner.call("POST", href, body, headers=headers)
    expect(again.json() == taken, "Sent again with its key it got another answer.")
    expect(again.headers.get("Idempotent-Replayed") == "true", "No Idempotent-Replayed: true.")
    now = partner.read(f"/api/v1/cases/{case['reference']}/")
    expect(now["acts"] != case["acts"], "The case offers the same acts after the position as before.")


@checks.add(f"{API}#signed-positions", writes=True)
def signed_position(partner: Partner) -> None:
    """A position signed with a registered key is taken, its signature kept; one that does not hold is refused."""
    if partner.key is None:
        raise Skipped("Give --key (PEM) and --key-id of a key registered for the client.")
    _case, href = _open_case(partner)
    body = b'{"kind": "no_objection"}'
    headers = {"Content-Type": "application/json"} | signed(partner, href, body)
    other = partner.call("POST", href, data=b'{"kind": "no_objection" }', headers=headers)
    partner.refused(other, 422, "invalid")
    taken = partner.done(partner.call("POST", href, data=body, headers=headers), 200, 201)
    kept = partner.read(f"/api/v1/positions/{taken['uid']}/signature/")
    expect(partner.key_id in str(kept), f"What was signed does not name the key: {str(kept)[:200]}")


def signed(partner: Partner, href: str, body: bytes) -> dict[str, str]:
    """Return the headers with which a position is signed (RFC 9421)."""
    import requests
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms

    assert partner.key is not None
    private = load_pem_private_key(partner.key.read_bytes(), None)

    class Keys(HTTPSignatureKeyResolver):  # type: ignore[misc]
        def resolve_private_key(self, key_id: str) -> Any:
            return private

        def resolve_public_key(self, key_id: str) -> Any:
            raise NotImplementedError

    chosen = algorithms.ED25519 if isinstance(private, Ed25519PrivateKey) else algorithms.ECDSA_P256_SHA256
    request = requests.Request("POST", f"{partner.base}{href}", data=body).prepare()
    HTTPMessageSigner(signature_algorithm=chosen, key_resolver=Keys()).sign(
        request,
        key_id=partner.key_id,
        tag="entente-position",
        covered_component_ids=("@method", "@path", "content-digest"),
        body=body,
    )
    return {name: str(request.headers[name]) for name in ("Signature", "Signature-Input", "Content-Digest")}


@checks.add("docs/customs.md", writes=True)
def no_filing(partner: Partner) -> None:
    """An authority's system cannot file applications: 403."""
    answer = partner.call("POST", "/api/v1/applications/", {"dossier": {}})
    partner.refused(answer, 403, "forbidden")
