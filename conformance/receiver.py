"""Whether a partner's webhook takes what is signed, and nothing else: Standard Webhooks 1.0 with Ed25519."""

from __future__ import annotations

import base64
import json
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conformance.suite import Checks, Failed, expect

checks: Checks[Receiver] = Checks()
HOOKS = "docs/webhooks.md"
ANSWERS_WITHIN = 10.0  # seconds


@dataclass
class Receiver:
    """The partner's endpoint, and the key with which the suite signs in place of the platform."""

    url: str
    key: Ed25519PrivateKey
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def told(self) -> str:
        """The public key as the platform tells it when a webhook is registered."""
        return f"whpk_{base64.b64encode(self.key.public_key().public_bytes_raw()).decode()}"

    def send(
        self,
        event: dict[str, Any],
        *,
        at: float | None = None,
        signers: tuple[Ed25519PrivateKey, ...] | None = None,
        body: bytes | None = None,
        **headers: str,
    ) -> requests.Response:
        """Send an event; `body` is sent in place of what was signed, `headers` in place of their own."""
        content = json.dumps(event).encode()
        stamp = str(int(time.time() if at is None else at))
        signed = f"{event['id']}.{stamp}.".encode() + content
        made = [base64.b64encode(key.sign(signed)).decode() for key in signers or (self.key,)]
        sent = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "Entente-Webhooks/1",
            "webhook-id": event["id"],
            "webhook-timestamp": stamp,
            "webhook-signature": " ".join(f"v1a,{one}" for one in made),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value}
        try:
            return self.session.post(
                self.url, data=body or content, headers=sent, timeout=ANSWERS_WITHIN, allow_redirects=False
            )
        except requests.RequestException as error:
            raise Failed(f"No answer within {ANSWERS_WITHIN:.0f} s ({type(error).__name__}).") from None


def event(type: str = "case.routed", **changes: Any) -> dict[str, Any]:
    """Return an event in its envelope as the platform sends it."""
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "https://conformance.example",
        "type": f"org.entente.{type}.v1",
        "subject": "EN-7K3M-9QX2",
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": {"case": "EN-7K3M-9QX2", "facts": {}},
        **changes,
    }


def loaded(path: Path) -> Ed25519PrivateKey:
    """Return the suite's key, made and kept at the first call: the receiver has to be told it once."""
    if not path.exists():
        path.write_text(base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode())
        path.chmod(0o600)
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(path.read_text()))


def taken(answer: requests.Response, what: str) -> None:
    expect(
        200 <= answer.status_code < 300,
        f"{what} has to be answered with 2xx, and was with {answer.status_code}.",
    )


def refused(answer: requests.Response, what: str) -> None:
    expect(
        400 <= answer.status_code < 500,
        f"{what} has to be refused with 4xx, and was with {answer.status_code}.",
    )
    expect(answer.status_code != 410, "410 disables the webhook; refuse with 400 or 401.")


@checks.add(HOOKS)
def good(receiver: Receiver) -> None:
    """A call that is signed is taken within ten seconds."""
    taken(receiver.send(event()), "A signed call")


@checks.add(HOOKS)
def repeated(receiver: Receiver) -> None:
    """The same call again is taken again: it may come twice, and the second time has nothing left to do."""
    one = event()
    for number in ("first", "second", "third"):
        taken(receiver.send(one), f"The {number} time of a call")


@checks.add(HOOKS)
def out_of_order(receiver: Receiver) -> None:
    """An event that is older than the last is taken all the same: after a dead letter, or a replay."""
    taken(receiver.send(event()), "A signed call")
    old = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    taken(receiver.send(event(time=old)), "An older event, signed now,")


@checks.add(HOOKS)
def unknown_type(receiver: Receiver) -> None:
    """An event of a type that did not exist when the receiver was written is taken, and ignored."""
    taken(receiver.send(event("conformance.invented")), "An event of an unknown type")


@checks.add(HOOKS)
def unknown_fields(receiver: Receiver) -> None:
    """An envelope with further fields is taken: the API grows by addition."""
    taken(
        receiver.send(event(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
        "A further field",
    )


@checks.add(HOOKS)
def rotated(receiver: Receiver) -> None:
    """For a day after a rotation a call carries two signatures: one that holds is enough, in either place."""
    other = Ed25519PrivateKey.generate()
    taken(receiver.send(event(), signers=(receiver.key, other)), "A call with the known signature first")
    taken(receiver.send(event(), signers=(other, receiver.key)), "A call with the known signature second")


@checks.add(HOOKS)
def wrong_signature(receiver: Receiver) -> None:
    """A call signed with another key is refused."""
    refused(receiver.send(event(), signers=(Ed25519PrivateKey.generate(),)), "A call signed with another key")


@checks.add(HOOKS)
def altered_body(receiver: Receiver) -> None:
    """A call whose body is not what was signed is refused."""
    one = event()
    refused(
        receiver.send(one, body=json.dumps({**one, "subject": "EN-0000-0000"}).encode()), "An altered body"
    )


@checks.add(HOOKS)
def other_id(receiver: Receiver) -> None:
    """A call under another id than was signed is refused: else a repeat passes for something new."""
    refused(receiver.send(event(), webhook_id=str(uuid.uuid4())), "A call under another webhook-id")


@checks.add(HOOKS)
def unsigned(receiver: Receiver) -> None:
    """A call without a signature is refused."""
    refused(receiver.send(event(), webhook_signature=""), "A call without a signature")
    refused(receiver.send(event(), webhook_signature="v1a,"), "A call with an empty signature")


@checks.add(HOOKS)
def old(receiver: Receiver) -> None:
    """A call signed ten minutes ago, or in ten minutes, is refused: somebody kept it to send it again."""
    refused(receiver.send(event(), at=time.time() - 600), "A call of ten minutes ago")
    refused(receiver.send(event(), at=time.time() + 600), "A call of the future")
