"""Forms about the clocks of a case: stopping, voiding, extending, counting anew."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing.stops import LEGAL
from pages.forms import EntenteForm


def _steps() -> list[tuple[str, Any]]:
    return [(code, reason.label) for code, reason in LEGAL.items()]


class StopForm(EntenteForm):
    reason_code = forms.ChoiceField(
        label=_("Step that the law prescribes"), widget=forms.RadioSelect, choices=_steps
    )
    basis = forms.CharField(
        label=_("What proves it"),
        help_text=_("The order, note or notice, with its number and date. The exporter does not read it."),
        max_length=200,
    )
    days = forms.IntegerField(
        label=_("Days"),
        help_text=_("The clock runs again by itself after these days, 30 at most."),
        min_value=1,
        max_value=30,
        initial=14,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )


class VoidForm(EntenteForm):
    reason = forms.CharField(
        label=_("Why this stop should not have been"),
        help_text=_("All officers who may read the case read it."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        strip=True,
    )


class ExtendForm(EntenteForm):
    amount = forms.IntegerField(
        label=_("How much longer"),
        min_value=1,
        max_value=100_000,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )
    reason = forms.CharField(
        label=_("What the time is needed for"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=500,
        strip=True,
    )

    def __init__(self, *args: Any, told: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].help_text = told


class RecountForm(EntenteForm):
    reason = forms.CharField(
        label=_("Why it is counted anew"),
        help_text=_("It stands in the explanation of the new due time, which the exporter may read."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=500,
        strip=True,
    )
