"""Questions about exercises: what is planned, what was found, what is to be done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from escalation.exercises.plans import LEAST_MEMBERS, MEMBERS, MOST_CASES
from escalation.rehearsals import owners
from pages.fields import DayField
from pages.forms import EntenteForm
from workbench.forms.duty import last_instant, officer_field


class PlanForm(EntenteForm):
    title = forms.CharField(label=_("What it is called"), max_length=120)
    number = forms.IntegerField(
        label=_("Number"),
        help_text=_("Everything is drawn from it: the same number gives the same result."),
        min_value=0,
        max_value=2_000_000_000,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-10"}),
    )
    members = forms.IntegerField(
        label=_("Members that take part"),
        min_value=LEAST_MEMBERS,
        max_value=len(MEMBERS),
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )
    cases = forms.IntegerField(
        label=_("Cases"),
        min_value=1,
        max_value=MOST_CASES,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )
    injects = forms.CharField(
        label=_("What goes wrong"),
        help_text=_(
            "One a line: surge:10@24, silent:FR@24-72, stale:ofac@24-120, key-lost:JP@24-60. "
            "The figures after the @ are hours of the exercise."
        ),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )

    def arguments(self) -> dict[str, Any]:
        """Return the answers as the service takes them."""
        given = self.cleaned_data
        return {**given, "injects": [line for line in given["injects"].splitlines() if line.strip()]}


class FindingsForm(EntenteForm):
    findings = forms.CharField(
        label=_("What was found"),
        help_text=_("What went well, what did not, and why."),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


class ImprovementForm(EntenteForm):
    text = forms.CharField(
        label=_("What is to be done"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    owner = officer_field(_("Who does it"))
    last = DayField(label=_("Until"), help_text=_("After this day it is told to be overdue."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = owners()

    def arguments(self) -> dict[str, Any]:
        """Return the answers as the service takes them: until the day is over where the owner is."""
        given = self.cleaned_data
        zone = given["owner"].authority.jurisdiction.timezone
        return {"text": given["text"], "owner": given["owner"], "due_at": last_instant(given["last"], zone)}


class OutcomeForm(EntenteForm):
    outcome = forms.CharField(
        label=_("What was done, or why not"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
