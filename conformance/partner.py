"""A partner's own client: credentials, a token, and calls whose failures tell what was asked and answered."""

from __future__ import annotations

import base64
import json
import time
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from conformance.suite import Failed, Skipped, expect

PATIENCE = 20.0  # seconds for an answer


@dataclass
class Partner:
    """Who runs the suite, against which deployment."""

    base: str
    client_id: str
    client_secret: str
    role: str
    licence: str = ""
    key: Path | None = None  # PEM of a key registered for the client, and its id: for signed positions
    key_id: str = ""
    session: requests.Session = field(default_factory=requests.Session)
    seen: dict[str, Any] = field(default_factory=dict)

    # -- signing in -----------------------------------------------------------------------------

    def ask_token(self, *, secret: str | None = None, **asked: str) -> requests.Response:
        """Ask for a token: by secret, or by an assertion (RFC 7523) where a key is registered."""
        data, auth = {"grant_type": "client_credentials", **asked}, None
        if self.key is not None and secret is None:
            data["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            data["client_assertion"] = assertion(self)
        else:
            auth = (self.client_id, self.client_secret if secret is None else secret)
        return self.session.post(f"{self.base}/oauth/token/", data=data, auth=auth, timeout=PATIENCE)

    def token(self, **asked: str) -> str:
        answer = self.ask_token(**asked)
        expect(answer.status_code == 200, f"Asked for a token: {told(answer)}")
        return str(answer.json()["access_token"])

    @cached_property
    def bearer(self) -> str:
        return self.token()

    # -- calling --------------------------------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
    ) -> requests.Response:
        """Send a call; `token` "" sends none."""
        url = path if path.startswith("http") else f"{self.base}{path}"
        expect(urlsplit(url).netloc == urlsplit(self.base).netloc, f"{url} leads to another server.")
        bearer = self.bearer if token is None else token
        sent = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        if data is None and body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        return self.session.request(
            method, url, data=data, headers=sent | (headers or {}), timeout=PATIENCE, allow_redirects=False
        )

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def read(self, path: str, **options: Any) -> Any:
        """Return the JSON of a read that has to succeed."""
        answer = self.get(path, **options)
        expect(answer.status_code == 200, told(answer))
        return answer.json()

    def done(self, answer: requests.Response, *statuses: int) -> Any:
        """Return the JSON of an act that has to succeed."""
        expect(answer.status_code in statuses, f"Expected {' or '.join(map(str, statuses))}; {told(answer)}")
        return answer.json()

    def refused(
        self, answer: requests.Response, status: int, type: str = "", field: str = ""
    ) -> dict[str, Any]:
        """Return the problem details of an answer that has to be a refusal of a kind, at a field."""
        expect(answer.status_code == status, f"Expected {status}; {told(answer)}")
        kind = answer.headers.get("Content-Type", "")
        expect(
            kind.startswith("application/problem+json"),
            f"Expected problem details, not {kind}; {told(answer)}",
        )
        problem: dict[str, Any] = answer.json()
        expect(
            problem.get("status") == status and problem.get("title"), f"Without status or title: {problem}"
        )
        if type:
            expect(problem.get("type") == f"/problems/{type}/", f"Expected the type {type}: {problem}")
        if field:
            pointers = [one["pointer"] for one in problem.get("errors", [])]
            expect(field in pointers, f"Expected {field} among the fields at fault, not {pointers}")
        return problem

    def fresh(self) -> str:
        """Return a new idempotency key."""
        return f"conformance-{uuid.uuid4()}"

    # -- what there is to work with --------------------------------------------------------------

    @cached_property
    def sandbox(self) -> dict[str, dict[str, Any]]:
        """What stands in a sandbox by its key; nothing where this is none."""
        answer = self.get("/api/v1/sandbox/")
        if answer.headers.get("Entente-Sandbox") != "true" or answer.status_code != 200:
            return {}
        return {one["key"]: one for one in answer.json()["scenarios"]}

    def licence_of(self, scenario: str) -> str:
        """Return the number of a scenario's licence; of the one with a balance also what was given."""
        found = self.sandbox.get(scenario, {}).get("licence", "")
        if not found and scenario == "untouched":
            found = self.licence
        if not found:
            raise Skipped("There is no licence for this: run it in a sandbox, or name one with --licence.")
        return str(found)


def assertion(partner: Partner) -> str:
    """Return a fresh assertion signed with the partner's key: Ed25519, or EC on P-256."""
    assert partner.key is not None
    private = load_pem_private_key(partner.key.read_bytes(), None)
    ed25519, now = isinstance(private, Ed25519PrivateKey), int(time.time())
    header = {"alg": "EdDSA" if ed25519 else "ES256", "kid": partner.key_id}
    claims = {
        "iss": partner.client_id,
        "sub": partner.client_id,
        "aud": f"{partner.base}/oauth/token/",
        "iat": now,
        "exp": now + 120,
        "jti": str(uuid.uuid4()),
    }
    content = ".".join(padless(json.dumps(one).encode()) for one in (header, claims))
    if isinstance(private, Ed25519PrivateKey):
        return f"{content}.{padless(private.sign(content.encode()))}"
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise Skipped("The suite signs with Ed25519 or EC on P-256.")
    r, s = decode_dss_signature(private.sign(content.encode(), ec.ECDSA(SHA256())))
    return f"{content}.{padless(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def padless(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def told(answer: requests.Response) -> str:
    """Return what was asked and answered, in a line."""
    asked = answer.request
    return f"{asked.method} {asked.path_url} answered {answer.status_code}: {answer.text[:300]}"


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Take a compact JWS apart: header, payload, what is signed, and the signature."""
    try:
        head, payload, signature = token.split(".")
        return (
            json.loads(unpadded(head)),
            json.loads(unpadded(payload)),
            f"{head}.{payload}".encode(),
            unpadded(signature),
        )
    except ValueError as error:
        raise Failed(f"This is no signed token: {error}.") from None


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
