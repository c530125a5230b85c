"""What a request may hold: names that there are, choices that are named, and nothing where nothing is taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from core.errors import Invalid


def body(request: Request, serializer_class: Any) -> dict[str, Any]:
    """Return the validated body; DRF's ValidationError becomes a 422 with pointers.

    A name that the body does not have is told as well, at any depth and together with what else is wrong: ignored,
    a slip in that of an optional field would leave out what was meant.
    """
    serializer = serializer_class(data=request.data)
    unknown = dict(_unknown(request.data, serializer)) if type(request.data) is dict else {}
    try:
        found: dict[str, Any] = checked(serializer)
    except serializers.ValidationError as error:
        if unknown and isinstance(error.detail, dict):
            error.detail |= {at: [ErrorDetail(told)] for at, told in unknown.items()}
        raise
    if unknown:
        raise Invalid(next(iter(unknown.values())), fields={at: [told] for at, told in unknown.items()})
    return found


def require_none(view: Any, request: Request) -> None:
    """Refuse a body where the act takes none: what it asks for would be left out without a word."""
    method = str(request.method)
    if method not in SAFE_METHODS and not takes_body(view, method) and request.data:
        told = _("This takes no body: send none.")
        names = request.data if isinstance(request.data, dict) else {"": None}
        raise Invalid(told, fields={str(name): [told] for name in names})


def takes_body(view: Any, method: str) -> bool:
    """Whether the schema of an act declares a body; asked of the schema, so that the two cannot differ."""
    name = getattr(view, "action", None) or method.lower()
    declared = getattr(getattr(type(view), name, None), "kwargs", {}).get("schema")
    if declared is None:
        return True
    schema = declared()
    schema.view, schema.method = view, method
    return schema.get_request_serializer() is not None


def _unknown(given: Any, field: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield each name that a serializer does not have, by its pointer, with those that it has."""
    if isinstance(field, serializers.ListSerializer | serializers.ListField) and isinstance(given, list):
        for number, one in enumerate(given):
            yield from _unknown(one, field.child, f"{at}[{number}]")
    elif isinstance(field, serializers.Serializer) and isinstance(given, dict):
        for name in sorted(given, key=str):
            inner = f"{at}.{name}" if at else str(name)
            if name in field.fields:
                yield from _unknown(given[name], field.fields[name], inner)
            else:
                there = ", ".join(field.fields)
                yield inner, _("There is no such field. There are: %(names)s.") % {"names": there}


def checked(serializer: serializers.BaseSerializer[Any]) -> Any:
    """Return what a serializer makes of its data; ValidationError with the choices becomes a 422 with pointers."""
    if not serializer.is_valid():
        raise serializers.ValidationError(_told(serializer.errors, serializer))
    return serializer.validated_data


def _told(errors: Any, field: Any) -> Any:
    if isinstance(errors, dict):
        inner = getattr(field, "fields", None)
        child = getattr(field, "child", None)
        return {name: _told(one, inner.get(name) if inner else child) for name, one in errors.items()}
    if isinstance(errors, list):
        child = getattr(field, "child", field)
        return [_told(one, child) if isinstance(one, dict) else _named(one, field) for one in errors]
    return errors


def _named(error: Any, field: Any) -> Any:
    if getattr(error, "code", "") == "invalid_choice" and isinstance(field, serializers.ChoiceField):
        return _("%(error)s One of: %(names)s.") % {
            "error": error,
            "names": ", ".join(map(str, field.choices)),
        }
    return error
