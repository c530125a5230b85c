"""Fields and widgets that Django has no fitting form of: a day in three boxes, several files at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PARTS = ("day", "month", "year")


class DayInput(forms.Widget):
    """Day, month and year in boxes of their own; a value in one piece (2026-11-23) is taken as well."""

    template_name = "forms/day.html"
    use_fieldset = True

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str | None:
        if name in data:
            return str(data[name])
        parts = [str(data.get(f"{name}-{part}", "")).strip() for part in PARTS]
        return "-".join(reversed(parts)) if any(parts) else None

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data and all(f"{name}-{part}" not in data for part in PARTS)

    def parts(self, name: str, value: object, id_: str) -> list[dict[str, Any]]:
        """Return label, name, id and value of each box."""
        year, month, day = _pieces(value)
        labels = {"day": _("Day"), "month": _("Month"), "year": _("Year")}
        values = {"day": day, "month": month, "year": year}
        return [
            {
                "part": part,
                "label": labels[part],
                "name": f"{name}-{part}",
                "id": f"{id_}-{part}",
                "value": values[part],
                "width": 4 if part == "year" else 2,
            }
            for part in PARTS
        ]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["id"] = str(context["widget"]["attrs"].get("id", name))
        context["parts"] = self.parts(name, value, context["id"])
        return context

    def format_value(self, value: Any) -> str | None:
        return None if value is None else str(value)


def _pieces(value: object) -> tuple[str, str, str]:
    if isinstance(value, date):
        return str(value.year), str(value.month), str(value.day)
    pieces = str(value or "").split("-")
    year, month, day = (*pieces, "", "", "")[:3]
    return year, month.lstrip("0") or month, day.lstrip("0") or day


class DayField(forms.DateField):
    """A calendar date; says which part is missing."""

    widget = DayInput
    default_error_messages = {
        "invalid": gettext_lazy("Enter a real date, such as 27 3 2026."),
        "required": gettext_lazy("Enter a date."),
    }

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return super().to_python(value)
        pieces = _pieces(value)
        missing = [
            label
            for label, piece in zip((_("a year"), _("a month"), _("a day")), pieces, strict=True)
            if not piece.strip()
        ]
        if missing:
            raise ValidationError(
                _("The date must include %(parts)s.") % {"parts": _(" and ").join(reversed(missing))},
                code="incomplete",
            )
        try:
            year, month, day = (int(piece) for piece in pieces)
            return date(year if year > 99 else year + 2000, month, day)
        except (ValueError, OverflowError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except ValidationError:
            return True


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Several files at one question; its answer is a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, (list, tuple)) else [data]
        if self.required and not any(given):
            raise ValidationError(self.error_messages["required"], code="required")
        return [super(FilesField, self).clean(one, initial) for one in given if one]
