"""What is no choice is answered with the choices that there are, as the filters of lists do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers


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
