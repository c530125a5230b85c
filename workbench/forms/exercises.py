"""Questions about exercises: what is planned, what was found, what is to be done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from escalation.exercises.plans import LEAST_MEMBERS, LENGTH, MEMBERS, MOST_CASES
from escalation.models import Answer, Exercise
from escalation.rehearsals import owners
from escalation.services import answering
from licensing.services.positions import OBJECTION_REASONS
from pages.fields import DayField
from pages.forms import EntenteForm
from workbench.forms.duty import last_instant, officer_field


class PlanForm(EntenteForm):
    title = forms.CharField(label=_("What it is called"), max_length=120)
    members = forms.IntegerField(
        label=_("How many members take part"),
        min_value=LEAST_MEMBERS,
        max_value=len(MEMBERS),
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Exercise.Kind.choices, initial=Exercise.Kind.FULL, widget=forms.RadioSelect
    )
    situations = forms.CharField(
        label=_("What the members are told"),
        help_text=_(
            "One a line, with the hours in which it has to be answered: "
            "24-72 The port of Singapore closes and two licences lead through it."
        ),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    by_hand = forms.CharField(
        label=_("Members whose people answer"),
        help_text=_("Their codes, as DE, FR. The answers of the others are drawn."),
        max_length=60,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "spellcheck": "false"}),
    )
    until = forms.IntegerField(
        label=_("Hour at which the clock first waits for answers"),
        min_value=1,
        max_value=LENGTH,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )
    number = forms.IntegerField(
        label=_("Number"),
        help_text=_(
            "Everything is drawn from it: the same number gives the same result. A table-top draws nothing."
        ),
        min_value=0,
        max_value=2_000_000_000,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-10"}),
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

    choice_hints = {
        "kind": {
            Exercise.Kind.FULL: _("The platform's own code on a fork; everyone's answers are drawn."),
            Exercise.Kind.FUNCTIONAL: _("The same, and people answer for some members, here."),
            Exercise.Kind.TABLE_TOP: _("Nothing runs: people say what they would do, and when."),
        }
    }
    reveals = {
        "kind": {
            Exercise.Kind.FUNCTIONAL.value: ["by_hand", "until"],
            Exercise.Kind.TABLE_TOP.value: ["situations"],
        }
    }

    def arguments(self) -> dict[str, Any]:
        """Return the answers as the service takes them."""
        given = self.cleaned_data
        return {
            **given,
            "injects": given["injects"].splitlines(),
            "situations": (given["situations"] or "").splitlines(),
            "by_hand": (given["by_hand"] or "").split(","),
        }


class AnswerForm(EntenteForm):
    hour = forms.DecimalField(
        label=_("At which hour of the exercise"),
        help_text=_("When it would be done, by the clock of the exercise."),
        max_digits=5,
        decimal_places=1,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4", "step": "0.5"}),
    )
    kind = forms.ChoiceField(label=_("What your authority says"), widget=forms.RadioSelect)
    reason_code = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("Choose a reason")), *OBJECTION_REASONS.items()], required=False
    )
    legal_basis = forms.CharField(label=_("By which rule"), max_length=200, required=False)
    summary = forms.CharField(
        label=_("What you would do, and why"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5})
    )
    reveals = {"kind": {Answer.Kind.OBJECT.value: ["reason_code"]}}

    def __init__(self, *args: Any, exercise: Exercise, **kwargs: Any) -> None:
        if exercise.kind == Exercise.Kind.FUNCTIONAL:  # as a position: only an objection has grounds
            grounds = ["reason_code", "legal_basis", "summary"]
            self.reveals = {"kind": {Answer.Kind.OBJECT.value: grounds}}  # type: ignore[misc]
        super().__init__(*args, **kwargs)
        offered = answering.kinds(exercise)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(value, label) for value, label in Answer.Kind.choices if value in offered]
        if exercise.kind == Exercise.Kind.FUNCTIONAL:
            self.fields["summary"].required = False
            self.fields["summary"].label = _("What may be released of the grounds")

    def arguments(self) -> dict[str, Any]:
        """Return the answers as the service takes them."""
        grounds = ("reason_code", "legal_basis", "summary")
        return self.cleaned_data | {name: self.cleaned_data[name] or "" for name in grounds}


class GoOnForm(EntenteForm):
    hour = forms.IntegerField(
        label=_("Until which hour"),
        help_text=_(
            "The exercise goes on with what was answered, and then waits again. "
            "After hour %(last)s it is over."
        )
        % {"last": LENGTH},
        min_value=1,
        max_value=LENGTH,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )


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
