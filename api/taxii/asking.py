"""Reading what is asked of a collection: `added_after`, `limit`, `next` and `match[...]` (sections 3.4 and 3.5)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request

from core.errors import Invalid
from ledger import selectors as ledger
from sharing.selectors import ALL, FIRST, LAST, SPEC, Asked

MOST = 1000  # objects of a page
USUAL = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?Z")
STIX_ID = re.compile(r"[a-z0-9-]{2,60}--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TYPE = re.compile(r"[a-z0-9-]{2,60}")
PAGED = ("added_after", "limit", "next")
MATCHED = ("match[id]", "match[type]", "match[version]", "match[spec_version]")
OF_OBJECT = ("match[version]", "match[spec_version]")
OF_VERSIONS = ("match[spec_version]",)


def asked(request: Request, matches: tuple[str, ...], **fixed: Any) -> Asked:
    """Return what is asked; Invalid, naming the parameter and how to mend it, for what cannot be read.

    What an address does not take is told and not ignored: a slip would answer something else than was meant.
    """
    known(request, (*PAGED, *matches))
    query = request.query_params
    found: dict[str, Any] = {"limit": _limit(query.get("limit"))}
    if "added_after" in query:
        found["after"] = instant("added_after", query["added_after"])
    if "next" in query:
        found["beyond"] = place_of(query["next"])
    if "match[id]" in query:
        found["ids"] = _each("match[id]", query["match[id]"], STIX_ID, "identity--…")
    if "match[type]" in query:
        found["types"] = _each("match[type]", query["match[type]"], TYPE, "report")
    if "match[version]" in query:
        found["versions"] = _versions(query["match[version]"])
    if "match[spec_version]" in query:
        found["specs"] = _each(
            "match[spec_version]", query["match[spec_version]"], re.compile(r"2\.[01]"), SPEC
        )
    return Asked(**{**found, **fixed})


def known(request: Request, names: tuple[str, ...] = ()) -> None:
    """Refuse what an address does not take, or what is given twice (several values go into one, with commas)."""
    for name, values in request.query_params.lists():
        if name not in names:
            told = _("There is no such parameter here. There are: %(names)s.") % {"names": ", ".join(names)}
            raise Invalid.field(name[:100], told if names else _("This address takes no parameters."))
        if len(values) > 1:
            raise Invalid.field(name, _("Give it once, with commas between several values."))


def _limit(told: str | None) -> int:
    """A page holds at most MOST, whatever more is asked for."""
    if told is None:
        return USUAL
    if not (told.isascii() and told.isdigit() and len(told) < 10 and int(told) > 0):
        raise Invalid.field("limit", _("Give a whole number of at least 1."))
    return min(int(told), MOST)


def instant(name: str, told: str) -> datetime:
    """Read an instant as TAXII writes it."""
    match = INSTANT.fullmatch(told.strip())
    try:
        found = datetime.fromisoformat(match[1]) if match else None
    except ValueError:
        found = None
    if match is None or found is None:
        message = _("Give an instant in UTC such as 2026-11-27T12:00:00.000000Z.")
        raise Invalid.field(name, message)
    fraction = int(f"{(match[2] or '.0')[1:]:0<6}"[:6])
    return found.replace(microsecond=fraction, tzinfo=UTC)


def _each(name: str, told: str, form: re.Pattern[str], example: str) -> list[str]:
    values = [value.strip() for value in told.split(",")]
    if wrong := [value for value in values if not form.fullmatch(value)]:
        said = {"wrong": wrong[0][:80], "example": example}
        raise Invalid.field(name, _("%(wrong)s is no value of it; one is such as %(example)s.") % said)
    return values


def _versions(told: str) -> list[str | datetime]:
    found: list[str | datetime] = []
    for value in (part.strip() for part in told.split(",")):
        if value in (LAST, FIRST, ALL):
            found.append(value)
            continue
        try:
            found.append(instant("match[version]", value))
        except Invalid as error:
            message = _("Give last, first, all, or an instant such as 2026-11-27T12:00:00.000Z.")
            raise Invalid.field("match[version]", message) from error
    return found


def cursor_of(added: datetime) -> str:
    """Return what stands for the place after an entry: encrypted, so that nobody makes one up."""
    return ledger.cursor_of((added - EPOCH) // timedelta(microseconds=1))


def place_of(cursor: str) -> datetime:
    """Return the instant after which a page begins; Invalid for what no page gave."""
    try:
        return EPOCH + timedelta(microseconds=ledger.position_of(cursor))
    except (Invalid, OverflowError) as error:
        message = _("Pass back next exactly as the page before gave it, or leave it out to begin again.")
        raise Invalid.field("next", message) from error


def written(at: datetime) -> str:
    """Write an instant to the microsecond, which is how finely things are added."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
