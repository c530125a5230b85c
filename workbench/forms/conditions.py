"""Conditions as questions of a form, and the way back to what the services take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licensing.conditions import KINDS
from licensing.models import Item
from pages.fields import DayField

PLAIN = [code for code, kind in KINDS.items() if kind.read is None]
DAYS = ["delivery_verification_within", "end_use_report_every"]
PER_LINE = [code for code, kind in KINDS.items() if kind.per_line]


def _number(label: str, **more: Any) -> forms.Field:
    return forms.DecimalField(
        label=label,
        required=False,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-10"}),
        **more,
    )


def fields(items: Sequence[Item]) -> dict[str, forms.Field]:
    """Return the questions about conditions on some items, by name."""
    found: dict[str, forms.Field] = {
        "conditions": forms.MultipleChoiceField(
            label=gettext_lazy("Conditions"),
            widget=forms.CheckboxSelectMultiple,
            choices=[(code, KINDS[code].label) for code in PLAIN],
            required=False,
        ),
        "condition_valid_until": DayField(label=KINDS["valid_until"].label, required=False),
    }
    for code in DAYS:
        found[f"condition_{code}"] = forms.IntegerField(
            label=KINDS[code].label,
            required=False,
            min_value=1,
            max_value=9999,
            widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
        )
    for item in items:
        for code in PER_LINE:
            unit = item.unit if code == "quantity_cap" else item.currency
            asked = item.quantity.normalize() if code == "quantity_cap" else item.value
            name = f"condition_{code}_{item.line}"
            label = _("Line %(line)s: at most, in %(unit)s (asked: %(asked)s)") % {
                "line": item.line,
                "unit": unit,
                "asked": f"{asked:f}",
            }
            found[name] = _number(label, max_digits=15, decimal_places=3 if code == "quantity_cap" else 2)
    found["condition_text"] = forms.CharField(
        label=gettext_lazy("A further condition, in words"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        required=False,
    )
    return found


def read(answers: Mapping[str, Any], items: Sequence[Item]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the conditions that answers stand for, and the question each comes from."""
    terms: list[dict[str, Any]] = []
    asked: list[str] = []

    def add(name: str, term: dict[str, Any]) -> None:
        terms.append(term)
        asked.append(name)

    for code in answers.get("conditions") or []:
        add("conditions", {"code": code})
    if until := answers.get("condition_valid_until"):
        add("condition_valid_until", {"code": "valid_until", "value": until.isoformat()})
    for code in DAYS:
        if (days := answers.get(f"condition_{code}")) is not None:
            add(f"condition_{code}", {"code": code, "value": str(days)})
    for item in items:
        for code in PER_LINE:
            if (most := answers.get(f"condition_{code}_{item.line}")) is not None:
                add(f"condition_{code}_{item.line}", {"code": code, "line": item.line, "value": str(most)})
    if text := (answers.get("condition_text") or "").strip():
        add("condition_text", {"code": "text", "value": text})
    return terms, asked


def named(errors: Mapping[str, list[str]], asked: Sequence[str]) -> dict[str, list[str]]:
    """Return what a service found wrong with conditions[n] under the questions they come from."""
    found: dict[str, list[str]] = {}
    for path, texts in errors.items():
        name = path
        if path.startswith("conditions["):
            number = int(path[len("conditions[") : path.index("]")])
            name = asked[number] if number < len(asked) else "conditions"
        found.setdefault(name, []).extend(texts)
    return found
