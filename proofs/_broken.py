"""Deployments and receivers that are broken on purpose, each in one way: every check has to notice its own."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from requests.adapters import HTTPAdapter

Ask = Callable[[requests.PreparedRequest], object]
Tell = Callable[[requests.PreparedRequest, requests.Response], object]


def as_it_is(request: requests.PreparedRequest) -> None:
    """Ask what was asked."""


def untouched(request: requests.PreparedRequest, response: requests.Response) -> None:
    """Answer what was answered."""


@dataclass
class Broken(HTTPAdapter):
    """The deployment as it answers, with requests misread or answers spoilt on the way."""

    ask: Ask = as_it_is
    tell: Tell = untouched

    def __post_init__(self) -> None:
        super().__init__()

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        asked = request.copy()
        self.ask(asked)
        response = super().send(asked, *args, **kwargs)
        _ = response.content
        self.tell(request, response)
        return response


def deaf_to(header: str) -> Broken:
    """Take no notice of a header."""
    return Broken(ask=lambda request: request.headers.pop(header, None))


def deaf_to_query(name: str) -> Broken:
    """Take no notice of a parameter of the query."""

    def ask(request: requests.PreparedRequest) -> None:
        parts = urlsplit(str(request.url))
        kept = [(key, value) for key, value in parse_qsl(parts.query) if key != name]
        request.url = urlunsplit(parts._replace(query=urlencode(kept)))

    return Broken(ask=ask)


def mute(header: str) -> Broken:
    """Leave a header out of every answer."""
    return Broken(tell=lambda request, response: response.headers.pop(header, None))


def status(wrong: int, right: int, path: str = "", content: bytes | None = None) -> Broken:
    """Answer with a status in place of another."""

    def tell(request: requests.PreparedRequest, response: requests.Response) -> None:
        if response.status_code == right and path in request.path_url:
            response.status_code = wrong
            if content is not None:
                response._content = content

    return Broken(tell=tell)


def saying(path: str, change: Callable[[Any], Any]) -> Broken:
    """Answer with JSON that was changed."""

    def tell(request: requests.PreparedRequest, response: requests.Response) -> None:
        if path in request.path_url and "json" in response.headers.get("Content-Type", ""):
            told = response.json()
            response._content = json.dumps(change(told) or told).encode()

    return Broken(tell=tell)


def typed(path: str, kind: str) -> Broken:
    def tell(request: requests.PreparedRequest, response: requests.Response) -> None:
        if path in request.path_url:
            response.headers["Content-Type"] = kind

    return Broken(tell=tell)


def put(**values: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change that sets values of an object, where it has them."""
    return lambda told: told.update({name: value for name, value in values.items() if name in told})


def flipped(name: str) -> Callable[[dict[str, Any]], None]:
    """Return a change of one letter in the signature of a token."""

    def change(told: dict[str, Any]) -> None:
        if name in told:
            first, dot, rest = told[name].rpartition(".")
            told[name] = f"{first}{dot}{'B' if rest[0] == 'A' else 'A'}{rest[1:]}"

    return change


def _codes(told: dict[str, Any]) -> None:
    for reason in told.get("reasons", []):
        reason["code"] = "no"


def _acts(told: dict[str, Any]) -> None:
    for act in told.get("acts", []):
        act.update(reason="", blockers=[])


def _rows(told: dict[str, Any]) -> None:
    for row in told.get("results", []):
        row["further"] = 1


def _usage(told: Any) -> None:
    for row in told if isinstance(told, list) else []:
        row["left"] = row["licensed"]


def _same_feed(told: dict[str, Any]) -> None:
    if "next_cursor" in told and told["events"]:
        told["events"][0]["id"] = str(time.monotonic_ns())


def _each(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], None]:
    """Return a change of each object that TAXII tells."""

    def every(told: dict[str, Any]) -> None:
        for one in told.get("objects", []):
            if isinstance(one, dict):
                change(one)

    return every


def _confused(one: dict[str, Any]) -> None:
    """Give a colour the identifier of another, as several repositories do."""
    if one["id"] == "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb":
        one["id"] = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"


def _nameless(told: dict[str, Any]) -> None:
    if "details" in told:
        told["details"] = {}


def _bits() -> Broken:
    """Serve the status list of another purpose."""

    def ask(request: requests.PreparedRequest) -> None:
        request.url = str(request.url).replace("/status/suspension/", "/status/message/")

    return Broken(ask=ask)


#: For each check what breaks it.
DEPLOYMENTS: dict[str, Broken] = {
    "token": saying("/oauth/token/", put(token_type="mac")),
    "wrong-secret": status(200, 401, "/oauth/token/", b'{"access_token": "x"}'),
    "unknown-scope": status(200, 400, "/oauth/token/"),
    "scope-refused": status(200, 403),
    "no-token": status(200, 401, "/api/v1/events/"),
    "unknown-query": deaf_to_query("stauts"),
    "problem-pages": status(404, 200, "/problems/"),
    "absent": status(403, 404),
    "etag": mute("ETag"),
    "sparse": saying("/api/v1/cases/", _rows),
    "pages": deaf_to_query("cursor"),
    "limits": mute("RateLimit"),
    "feed-replay": saying("/api/v1/events/", _same_feed),
    "feed-cloud-events": typed("/api/v1/events/", "application/json"),
    "unreadable": status(500, 415),
    "unknown-field": status(200, 422, "/credential-verification/"),
    "schema": saying("/openapi.json", put(openapi="3.0.3")),
    "verification": saying("/verification/", put(status="valid")),
    "idempotency": deaf_to("Idempotency-Key"),
    "refusals-repeat": mute("Idempotent-Replayed"),
    "lost-update": deaf_to("If-Match"),
    "fields-at-fault": status(201, 422),
    "returned": saying("/submission/", put(deficiencies=[])),
    "filed": saying("/submission/", put(case=None)),
    "pre-shipment": saying("/pre-shipment-check/", put(verdict="go")),
    "no-reservation": status(201, 403),
    "acts": saying("/api/v1/cases/", _acts),
    "position-at-fault": status(200, 422),
    "signed-position": deaf_to("Signature"),
    "position-once": deaf_to("Idempotency-Key"),
    "no-filing": status(201, 403),
    "reserve-and-release": saying("/usage/", _usage),
    "confirm-and-cancel": deaf_to("Idempotency-Key"),
    "never-over": saying("/reservations/", _codes),
    "named-badly": status(409, 422),
    "no-cover": saying("/reservations/", _codes),
    "offline": saying("/credential/", flipped("credential")),
    "status": _bits(),
    "border-pack": saying("/border-pack/", flipped("pack")),
    "taxii-discovery": saying("/taxii2/", put(api_roots=[])),
    "taxii-basic": mute("WWW-Authenticate"),
    "taxii-accept": status(200, 406, "/taxii2/"),
    "taxii-collections": status(403, 404, "/taxii2/"),
    "taxii-objects": saying("/objects/", _each(put(spec_version="2.0"))),
    "taxii-markings": saying("/objects/", _each(_confused)),
    "taxii-pages": deaf_to_query("next"),
    "taxii-added-after": deaf_to_query("added_after"),
    "taxii-matches": deaf_to_query("match[type]"),
    "taxii-errors": saying("/objects/", _nameless),
    "taxii-add": saying("/objects/", put(success_count=2)),
    "of-another-installation": saying("/credential-verification/", put(verdict="valid", go=True)),
}


@dataclass
class Habits:
    """What a receiver does; by default what it should."""

    verifies: bool = True
    covers_id: bool = True
    reads_time: bool = True
    every_signature: bool = True
    again: int = 204
    older: int = 204
    unknown: int = 204
    further: int = 204
    good: int = 204


RECEIVERS: dict[str, Habits] = {
    "good": Habits(good=500),
    "repeated": Habits(again=409),
    "out-of-order": Habits(older=409),
    "unknown-type": Habits(unknown=422),
    "unknown-fields": Habits(further=422),
    "rotated": Habits(every_signature=False),
    "wrong-signature": Habits(verifies=False),
    "altered-body": Habits(verifies=False),
    "other-id": Habits(covers_id=False),
    "unsigned": Habits(verifies=False),
    "old": Habits(reads_time=False),
}
KNOWN = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data")


@contextmanager
def receiving(told: str, habits: Habits) -> Iterator[str]:
    """Serve a receiver that has been told a public key; yields its address."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(told.removeprefix("whpk_")))
    seen: dict[str, str] = {}

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(self.judged(body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def judged(self, body: bytes) -> int:
            name, at = str(self.headers["webhook-id"]), str(self.headers["webhook-timestamp"])
            event = json.loads(body)
            signatures = str(self.headers.get("webhook-signature", "")).split()
            signed = f"{name if habits.covers_id else event['id']}.{at}.".encode() + body
            held = [
                one for one in signatures[: None if habits.every_signature else 1] if _holds(key, one, signed)
            ]
            if habits.verifies and not held:
                return 400
            if habits.reads_time and abs(time.time() - int(at)) > 300:
                return 400
            last = max(seen.values(), default="")
            known, seen[name] = name in seen, event["time"]
            if known:
                return habits.again
            if not event["type"].startswith(("org.entente.case.", "org.entente.licence.")):
                return habits.unknown
            if set(event) - set(KNOWN):
                return habits.further
            return habits.older if event["time"] < last else habits.good

        def log_message(self, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hooks"
    finally:
        server.shutdown()
        server.server_close()


def _holds(key: Ed25519PublicKey, signature: str, signed: bytes) -> bool:
    try:
        key.verify(base64.b64decode(signature.removeprefix("v1a,")), signed)
    except (InvalidSignature, ValueError):
        return False
    return True
