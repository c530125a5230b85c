"""Typed domain errors; one place maps them to HTTP (RFC 9457)."""

from collections.abc import Mapping


class EntenteError(Exception):
    """A refusal that a person can understand and act on."""

    status = 400
    code = "error"
    title = "The request could not be carried out"

    def __init__(self, detail: str, *, fields: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = dict(fields or {})


class Invalid(EntenteError):
    """The input is wrong; `fields` maps a dotted path to what to mend."""

    status = 422
    code = "invalid"
    title = "Some answers need to be corrected"

    @classmethod
    def field(cls, path: str, message: str) -> "Invalid":
        return cls(message, fields={path: [message]})


class Forbidden(EntenteError):
    status = 403
    code = "forbidden"
    title = "You may not do this"


class NotFound(EntenteError):
    """Absent, or not yours to see: both answer the same."""

    status = 404
    code = "not-found"
    title = "Nothing was found here"

    def __init__(self, detail: str = "Nothing was found at this address.") -> None:
        super().__init__(detail)


class Conflict(EntenteError):
    """The state of the thing does not permit the act."""

    status = 409
    code = "conflict"
    title = "This is not possible in the present state"


class IllegalTransition(Conflict):
    code = "illegal-transition"


class WindowClosed(Conflict):
    code = "window-closed"
    title = "The time for this has passed"


class Stale(Conflict):
    """Someone changed the thing since it was read; `theirs` and `yours` keep both texts."""

    code = "stale"
    title = "Someone else changed this in the meantime"

    def __init__(self, detail: str, *, theirs: str = "", yours: str = "") -> None:
        super().__init__(detail)
        self.theirs = theirs
        self.yours = yours


class Blocked(Conflict):
    """A guard stands in the way; `blockers` says which, one sentence each."""

    code = "blocked"
    title = "Something must be settled first"

    def __init__(self, detail: str, *, blockers: list[str]) -> None:
        super().__init__(detail)
        self.blockers = blockers
