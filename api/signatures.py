"""Requests that a system signs: HTTP message signatures (RFC 9421) over a Content-Digest (RFC 9530)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import http_sf
from django.utils.translation import gettext as _
from http_message_signatures import HTTPMessageVerifier, InvalidSignature, VerifyResult, algorithms
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from http_message_signatures.resolvers import HTTPSignatureKeyResolver
from rest_framework.request import Request

from core import clock
from core.errors import Invalid
from licensing.signatures import Signed
from members import keys
from members.models import User

TAG = "entente-position"
MESSAGE_TAG = "entente-message"
REQUIRED = ("@method", "@path", "content-digest")
GOOD_FOR = timedelta(minutes=5)
SKEW = timedelta(seconds=30)
ALGORITHMS: dict[str, type[algorithms.HTTPSignatureAlgorithm]] = {
    "P-256": algorithms.ECDSA_P256_SHA256,
    "P-384": algorithms.ECDSA_P384_SHA384,
    "Ed25519": algorithms.ED25519,
    "RSA": algorithms.RSA_PSS_SHA512,
}


@dataclass(frozen=True)
class Message:
    """A request as the verifier reads it."""

    method: str
    url: str
    headers: dict[str, str]


class Registered(HTTPSignatureKeyResolver):
    """Gives out the one key whose id the signature names."""

    def __init__(self, key: dict[str, Any]) -> None:
        self.key = key

    def resolve_public_key(self, key_id: str) -> Any:
        return keys.key_set([self.key]).keys[0].public_key if key_id == self.key["kid"] else None

    def resolve_private_key(self, key_id: str) -> Any:
        raise NotImplementedError


def signed(request: Request, person: User, tag: str = TAG) -> Signed | None:
    """Return what a request was signed with, None if it bears no signature; Invalid for one that does not hold.

    `tag` says what for (RFC 9421 section 2.3): a signature made for one thing does not serve for another.
    """
    if "Signature" not in request.headers and "Signature-Input" not in request.headers:
        return None
    client = person.via
    key = _key_named(request, client.public_keys if client is not None else [], tag)
    assert client is not None
    body = request._request.body
    message = Message(str(request.method), request.build_absolute_uri(), dict(request.headers.items()))
    verifier = HTTPMessageVerifier(
        signature_algorithm=ALGORITHMS[key.get("crv", key["kty"])], key_resolver=Registered(key)
    )
    try:
        (found,) = verifier.verify(
            message, max_age=None, expect_tag=tag, require_components=REQUIRED, body=body
        )
    except (InvalidSignature, HTTPMessageSignaturesException) as error:
        raise _wrong(_("The signature does not hold: %(why)s.") % {"why": str(error).rstrip(".")}) from None
    _require_fresh(found)
    label = found.label
    sent: Any = http_sf.parse(request.headers["Signature"].encode(), tltype="dictionary")
    value, _params = sent[label]
    return Signed(
        client_id=client.client_id,
        client_name=client.name,
        public_key=key,
        thumbprint=keys.thumbprints([key])[0],
        algorithm=found.algorithm.algorithm_id,
        base="\n".join(f"{name}: {text}" for name, text in found.covered_components.items()),
        signature=base64.b64encode(value).decode(),
        body=body,
    )


def _key_named(request: Request, registered: list[dict[str, Any]], tag: str) -> dict[str, Any]:
    if not registered:
        raise _wrong(_("This system has registered no public keys to verify a signature with."))
    try:
        told: Any = http_sf.parse(request.headers["Signature-Input"].encode(), tltype="dictionary")
        named = {str(params.get("keyid")) for _value, params in told.values() if params.get("tag") == tag}
    except (KeyError, ValueError, TypeError, AttributeError):
        raise _wrong(_("Signature-Input cannot be read as RFC 9421 has it.")) from None
    found = [key for key in registered if key["kid"] in named]
    if len(named) != 1 or len(found) != 1:
        raise _wrong(
            _("Sign once with the tag “%(tag)s”, and name one of your registered keys under keyid: %(ids)s.")
            % {"tag": tag, "ids": ", ".join(key["kid"] for key in registered)}
        )
    return found[0]


def _require_fresh(found: VerifyResult) -> None:
    made = datetime.fromtimestamp(int(found.parameters["created"]), UTC)
    if not clock.machine() - GOOD_FOR - SKEW < made < clock.machine() + SKEW:
        raise _wrong(_("The signature was made longer than five minutes ago, or is of the future."))


def _wrong(text: str) -> Invalid:
    return Invalid.field("Signature", text)
