"""Typed domain errors; one place maps them to HTTP (RFC 9457).

Each class is a type of problem: its code names the public page that explains it, its docstring is what stands
there.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping


class EntenteError(Exception):
    """The request is malformed: it cannot be read as what the address takes. Compare it with the schema."""

    status = 400
    code = "error"
    title = "The request could not be carried out"

    def __init__(self, detail: str, *, fields: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = dict(fields or {})


class Invalid(EntenteError):
    """The input is wrong. Each field at fault is named by its path, with how to mend it; nothing was saved."""

    status = 422
    code = "invalid"
    title = "Some answers need to be corrected"

    @classmethod
    def field(cls, path: str, message: str) -> Invalid:
        return cls(message, fields={path: [message]})


class Forbidden(EntenteError):
    """Your role, your authority or your token does not permit this act; the detail says which and why. Ask somebody
    who may, or with a client that has the scope."""

    status = 403
    code = "forbidden"
    title = "You may not do this"


class NotFound(EntenteError):
    """There is nothing at this address, or nothing that is yours to see: both answer the same. Check the reference,
    and whose token it is."""

    status = 404
    code = "not-found"
    title = "Nothing was found here"

    def __init__(self, detail: str = "Nothing was found at this address.") -> None:
        super().__init__(detail)


class Conflict(EntenteError):
    """The state of the thing does not permit the act. Read it again to see what it permits now."""

    status = 409
    code = "conflict"
    title = "This is not possible in the present state"


class IllegalTransition(Conflict):
    """There is no such step from the present state, for anyone. Read it again: its acts name the steps that there
    are."""

    code = "illegal-transition"


class WindowClosed(Conflict):
    """The due instant has passed and what follows from that has been applied; the case shows who has it now."""

    code = "window-closed"
    title = "The time for this has passed"


class Stale(Conflict):
    """Someone changed the thing since you read it. `theirs` and `yours` keep both texts; send yours again on top
    of the present version if it still holds."""

    code = "stale"
    title = "Someone else changed this in the meantime"

    def __init__(self, detail: str, *, theirs: str = "", yours: str = "") -> None:
        super().__init__(detail)
        self.theirs = theirs
        self.yours = yours


class Blocked(Conflict):
    """The act would be yours, but something has to be settled first; `blockers` says what, a sentence each. Settle
    them and send it again."""

    code = "blocked"
    title = "Something must be settled first"

    def __init__(self, detail: str, *, blockers: list[str]) -> None:
        super().__init__(detail)
        self.blockers = blockers


class KeyReused(EntenteError):
    """This Idempotency-Key was used for another request. A key belongs to one request: make a new one for each, and
    send the old one only with the method, address and body it was first sent with."""

    status = 422
    code = "idempotency-key-reused"
    title = "The key was used for another request"


class KeyInUse(Conflict):
    """The first request with this Idempotency-Key is still being handled. Send it again after the seconds that
    Retry-After says: you will get the answer of the first."""

    code = "idempotency-key-in-use"
    title = "The first request with this key is not done yet"


class PreconditionFailed(EntenteError):
    """The thing is no longer as you read it: your If-Match names another version than the one in force, which the
    ETag of this answer names. Read it again and decide whether your act still holds. Nothing was done."""

    status = 412
    code = "precondition-failed"
    title = "This has changed since you read it"

    def __init__(self, detail: str, *, etag: str = "") -> None:
        super().__init__(detail)
        self.etag = etag


class NotCovered(Conflict):
    """No licence covers this: `reasons` says why, each by a code, in a sentence, and with the line it is about.
    Correct the line, or take a licence that covers it."""

    code = "not-covered"
    title = "No licence covers this"

    def __init__(self, detail: str, *, reasons: list[dict[str, object]]) -> None:
        super().__init__(detail)
        self.reasons = reasons


class Unauthenticated(EntenteError):
    """The token is missing, wrong, withdrawn or over. Ask for a new one with your client's credentials."""

    status = 401
    code = "not-authenticated"
    title = "Sign in first"


class FormExpired(EntenteError):
    """The form is too old, or cookies are blocked. Load the page again and send it once more."""

    status = 403
    code = "form-expired"
    title = "The form could not be accepted"


class MethodNotAllowed(EntenteError):
    """This address does not take this method; the schema lists those it takes."""

    status = 405
    code = "method-not-allowed"
    title = "This cannot be done here"


class NotAcceptable(EntenteError):
    """The answer is only offered as JSON. Send Accept: application/json, or leave it out."""

    status = 406
    code = "not-acceptable"
    title = "There is no answer in this format"


class Gone(EntenteError):
    """What was at this address is over for good: a link that works once was used, revoked, or is past its date. Ask
    for a new one."""

    status = 410
    code = "gone"
    title = "This is over"


class TooLarge(EntenteError):
    """The request is larger than two megabytes. Put long texts into documents, which may have 20."""

    status = 413
    code = "too-large"
    title = "The request is too large"


class UnsupportedMediaType(EntenteError):
    """The body is of a kind that this address does not take; send JSON, and say so in Content-Type."""

    status = 415
    code = "unsupported-media-type"
    title = "This kind of body is not taken"


class Throttled(EntenteError):
    """Too many requests from one system, or from one address. Wait as many seconds as Retry-After says; RateLimit
    on every answer says how many are left."""

    status = 429
    code = "throttled"
    title = "Too many requests"


class Failed(EntenteError):
    """Something went wrong on our side and has been recorded. Nothing was saved; try again later."""

    status = 500
    code = "server-error"
    title = "Something went wrong on our side"


def types() -> list[type[EntenteError]]:
    """Return every type of problem in the order of status and code."""
    found: dict[str, type[EntenteError]] = {}
    waiting: list[type[EntenteError]] = [EntenteError]
    while waiting:
        kind = waiting.pop()
        found.setdefault(kind.code, kind)
        waiting += kind.__subclasses__()
    return sorted(found.values(), key=lambda kind: (kind.status, kind.code))


def meaning(kind: type[EntenteError]) -> str:
    """Return what a type of problem means and what to do about it."""
    return " ".join((inspect.getdoc(kind) or "").replace("`", "").split())
