"""Errors as problem details (RFC 9457): the one place where the API turns an error into an answer."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.errors import Blocked, EntenteError, IllegalTransition, NotFound, Stale

CONTENT_TYPE = "application/problem+json"
#: Problem types are addresses of pages that explain them (public.urls).
TYPE_BASE = "/problems/"


def problem(code: str, title: str, http_status: int, detail: str, **more: Any) -> Response:
    """Build a problem response: type, title, status, detail, and members of its own such as `errors`."""
    body = {
        "type": f"{TYPE_BASE}{code}/",
        "title": str(title),
        "status": http_status,
        "detail": detail,
        **more,
    }
    return Response(body, status=http_status, content_type=CONTENT_TYPE)


def _flatten(detail: Any, path: str = "") -> list[dict[str, str]]:
    """Turn DRF's nested errors into `[{"pointer": "items[0].quantity", "detail": "..."}]`."""
    if isinstance(detail, dict):
        found = []
        for key, value in detail.items():
            inner = f"{path}.{key}" if path else str(key)
            found += _flatten(value, path if key == "non_field_errors" else inner)
        return found
    if isinstance(detail, list):
        if all(isinstance(item, str) for item in detail):
            return [{"pointer": path, "detail": str(item)} for item in detail]
        return [entry for index, item in enumerate(detail) for entry in _flatten(item, f"{path}[{index}]")]
    return [{"pointer": path, "detail": str(detail)}]


def from_domain(error: EntenteError) -> Response:
    """Map a domain error: status and code are the error's own."""
    more: dict[str, Any] = {}
    if error.fields:
        more["errors"] = [
            {"pointer": path, "detail": str(text)} for path, texts in error.fields.items() for text in texts
        ]
    if isinstance(error, Blocked):
        more["blockers"] = error.blockers
    if isinstance(error, Stale):
        more["theirs"], more["yours"] = error.theirs, error.yours
    return problem(error.code, error.title, error.status, error.detail, **more)


def handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; what it does not know stays a 500 and is logged by Django."""
    if isinstance(exc, EntenteError):
        return from_domain(exc)
    if isinstance(exc, TransitionNotAllowed):
        return from_domain(IllegalTransition(_("This step is not possible in the present state.")))
    if isinstance(exc, Http404):
        return from_domain(NotFound())
    if isinstance(exc, PermissionDenied):
        return problem("forbidden", "You may not do this", 403, str(exc) or "You may not do this.")
    if isinstance(exc, exceptions.ValidationError):
        return problem(
            "invalid",
            "Some answers need to be corrected",
            status.HTTP_422_UNPROCESSABLE_ENTITY,
            "The fields named under errors are wrong; each says how to mend it.",
            errors=_flatten(exc.detail),
        )
    response = exception_handler(exc, context)
    if response is None or not isinstance(exc, exceptions.APIException):
        return response
    code = str(exc.default_code).replace("_", "-")
    answer = problem(code, str(exc.default_detail), response.status_code, str(exc.detail))
    for header in ("WWW-Authenticate", "Retry-After"):
        if header in response.headers:
            answer.headers[header] = response.headers[header]
    return answer
