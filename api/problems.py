"""Errors as problem details (RFC 9457): the one place where the API turns an error into an answer."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core import errors
from core.errors import (
    Blocked,
    EntenteError,
    IllegalTransition,
    Invalid,
    KeyInUse,
    NotCovered,
    NotFound,
    PreconditionFailed,
    Stale,
)

CONTENT_TYPE = "application/problem+json"
KEPT = ("WWW-Authenticate", "Retry-After")
#: What the framework refuses, by the type of problem it is.
OF_FRAMEWORK: dict[type[Exception], type[errors.EntenteError]] = {
    exceptions.ParseError: errors.EntenteError,
    exceptions.NotAuthenticated: errors.Unauthenticated,
    exceptions.AuthenticationFailed: errors.Unauthenticated,
    exceptions.PermissionDenied: errors.Forbidden,
    exceptions.MethodNotAllowed: errors.MethodNotAllowed,
    exceptions.NotAcceptable: errors.NotAcceptable,
    exceptions.UnsupportedMediaType: errors.UnsupportedMediaType,
    exceptions.Throttled: errors.Throttled,
    exceptions.NotFound: errors.NotFound,
    PermissionDenied: errors.Forbidden,
    RequestDataTooBig: errors.TooLarge,
}


def _flatten(detail: Any, path: str = "") -> list[dict[str, str]]:
    """Turn DRF's nested errors into `[{"pointer": "items[0].quantity", "detail": "..."}]`."""
    if isinstance(detail, dict):
        found = []
        for key, value in detail.items():
            at = f"[{key}]" if isinstance(key, int) else f".{key}" if path else str(key)
            inner = f"{path}{at}"
            found += _flatten(value, path if key == "non_field_errors" else inner)
        return found
    if isinstance(detail, list):
        if all(isinstance(item, str) for item in detail):
            return [{"pointer": path, "detail": str(item)} for item in detail]
        return [entry for index, item in enumerate(detail) for entry in _flatten(item, f"{path}[{index}]")]
    return [{"pointer": path, "detail": str(detail)}]


def _writable(text: object) -> str:
    """Return a text as it can be sent: a refusal repeats what was asked, also half a surrogate pair in it."""
    return str(text).encode(errors="replace").decode()


def details(error: EntenteError) -> dict[str, Any]:
    """Return problem details: type, title, status, detail, with `errors`, `blockers`, `reasons` or both texts."""
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}/",
        "title": str(error.title),
        "status": error.status,
        "detail": _writable(error.detail),
    }
    if error.fields:
        body["errors"] = [
            {"pointer": _writable(path), "detail": _writable(text)}
            for path, texts in error.fields.items()
            for text in texts
        ]
    if isinstance(error, Blocked):
        body["blockers"] = error.blockers
    if isinstance(error, NotCovered):
        body["reasons"] = error.reasons
    if isinstance(error, Stale):
        body["theirs"], body["yours"] = error.theirs, error.yours
    return body


def handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; what it does not know stays a 500 and is logged by Django."""
    headers: dict[str, str] = {}
    if isinstance(exc, EntenteError):
        error = exc
    elif isinstance(exc, TransitionNotAllowed):
        error = IllegalTransition(_("This step is not possible in the present state."))
    elif isinstance(exc, Http404):
        error = NotFound()
    elif isinstance(exc, exceptions.ValidationError):
        error = _wrong(exc)
    else:
        kind = OF_FRAMEWORK.get(type(exc))
        if kind is None:
            return exception_handler(exc, context)
        # What no APIException says is for who runs the platform: the name of a setting, say.
        said = exc.detail if isinstance(exc, exceptions.APIException) else ""
        error = kind(str(said) or errors.meaning(kind))
        answer = exception_handler(exc, context)
        headers = {name: answer.headers[name] for name in KEPT if answer and name in answer.headers}
    if isinstance(error, PreconditionFailed) and error.etag:
        headers["ETag"] = error.etag
    if isinstance(error, KeyInUse):
        headers["Retry-After"] = "1"
    return Response(details(error), status=error.status, content_type=CONTENT_TYPE, headers=headers)


def _wrong(exc: exceptions.ValidationError) -> Invalid:
    fields: dict[str, list[str]] = {}
    for entry in _flatten(exc.detail):
        fields.setdefault(entry["pointer"], []).append(entry["detail"])
    return Invalid(_("The fields named under errors are wrong; each says how to mend it."), fields=fields)
