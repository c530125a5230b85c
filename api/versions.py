"""Versions of what is read: ETag, If-None-Match and If-Match (RFC 9110), so that no update is lost.

The tag is a hash of the whole representation as the caller may see it, before `fields` leaves anything out. So
whatever the caller could notice changes it, whoever did it: a person, another system, or the clock.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid, PreconditionFailed
from core.models import hold

if TYPE_CHECKING:
    from collections.abc import Iterator

_holding: ContextVar[bool] = ContextVar("holding", default=False)


def tagged(data: Any, volatile: Iterable[str] = ()) -> tuple[str, bytes]:
    """Return the tag of a representation and the text it is a hash of; a weak tag where it tells the time, which is
    left out of it."""
    left_out = set(volatile)
    if left_out and isinstance(data, dict):
        data = {name: value for name, value in data.items() if name not in left_out}
    text = JSONRenderer().render(data)
    digest = hashlib.sha256(text).hexdigest()[:32]
    return f'W/"{digest}"' if left_out else f'"{digest}"', text


def etag_of(data: Any, volatile: Iterable[str] = ()) -> str:
    return tagged(data, volatile)[0]


def named(header: str) -> list[str]:
    """Return the tags that If-Match or If-None-Match names."""
    return [tag.strip() for tag in header.split(",") if tag.strip()]


def unchanged(request: Request, etag: str) -> bool:
    """Whether the caller has this version already (weak comparison, as RFC 9110 section 13.1.2 asks)."""
    known = [tag.removeprefix("W/") for tag in named(request.headers.get("If-None-Match", ""))]
    return "*" in known or etag.removeprefix("W/") in known


def holding() -> bool:
    """Whether what is read now is to be locked first."""
    return _holding.get()


@contextmanager
def _hold_what_is_read() -> Iterator[None]:
    token = _holding.set(True)
    try:
        yield
    finally:
        _holding.reset(token)


def lock(row: models.Model) -> None:
    """Lock the aggregate of a row, as the services do: the case first, where there is one; of what is used under an
    authorisation the row of the cap, where it has one; of what is to do the exercise."""
    for way in ("consultation", "shipment", "licence", "case", "registration", "authorisation", "exercise"):
        row = getattr(row, way, None) or row
    hold(row)


def require_unchanged(view: Any, request: Request) -> None:
    """Refuse an act on something that is no longer as the caller read it (If-Match).

    Needs a transaction: what is compared stays locked until the act is done.
    """
    asked = request.headers.get("If-Match")
    if asked is None:
        return
    url_name = str(getattr(view, "lookup_url_kwarg", None) or getattr(view, "lookup_field", ""))
    if url_name not in view.kwargs or not hasattr(view, "retrieve"):
        raise Invalid.field(
            "If-Match", _("Nothing that has a version is changed at this address: leave it out.")
        )
    # Where a thing is named within another (a reservation of a licence), reading it takes both.
    taken = {url_name, *inspect.signature(view.retrieve).parameters}
    within = {name: value for name, value in view.kwargs.items() if name in taken}
    with _hold_what_is_read():
        response: Response = view.retrieve(request, **within)
    etag = etag_of(response.data, view.volatile)
    if "*" not in (tags := named(asked)) and etag not in tags:
        raise PreconditionFailed(_("This has changed since you read it. Nothing was done."), etag=etag)
