"""Components of pages as template tags: `{% load entente %}`."""

from __future__ import annotations

from typing import Any

from django import forms, template
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from pages.forms import mistakes

register = template.Library()


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: forms.BaseForm) -> dict[str, Any]:
    """List what is wrong in a form, each line leading to its field. `{{ form }}` does so by itself."""
    form.summary_shown = True  # type: ignore[attr-defined]
    return {"mistakes": mistakes(form)}


@register.inclusion_tag("components/notification.html")
def notification(text: object, kind: str = "") -> dict[str, Any]:
    """Tell what has just happened. `kind`: success, error, or anything else for neutral."""
    titles = {"success": _("Success"), "error": _("There is a problem"), "warning": _("Important")}
    return {
        "text": text,
        "success": kind == "success",
        "alert": kind == "error",
        "title": titles.get(kind, _("Important")),
        "id": f"notification-{get_random_string(6)}",
    }
