"""Forms of work on a case: reasons, notes, reassignment, questions to the exporter."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing.dossier import CORRECTABLE
from licensing.models import Case
from licensing.selectors import cases as selectors
from licensing.stops import QUESTIONS
from pages.forms import EntenteForm

SECTION_NAMES = {
    "items": _("Items"),
    "parties": _("Parties"),
    "end_use": _("End use"),
    "route": _("Route"),
    "documents": _("Documents"),
    "ground": _("Ground claimed"),
    "emergency": _("Emergency handling"),
    "commercial": _("Commercial terms"),
    "declaration": _("Declaration"),
}


class ReasonForm(EntenteForm):
    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000, strip=True
    )


class RefusalForm(EntenteForm):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("In 20 to 2,000 characters."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        strip=True,
    )


class NoteForm(EntenteForm):
    text = forms.CharField(
        label=_("New note"),
        help_text=_("Only your own jurisdiction reads it."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=10_000,
    )


class OfficerChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}, {obj.authority}"


class ReassignForm(EntenteForm):
    officer = OfficerChoice(
        label=_("Officer"),
        queryset=None,
        to_field_name="uid",
        empty_label=_("Choose an officer"),
        error_messages={
            "required": _("Choose an officer."),
            "invalid_choice": _("Choose an officer from the list."),
        },
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["officer"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = selectors.assignees(case).select_related("authority")


def _reasons() -> list[tuple[str, Any]]:
    return [(code, reason.label) for code, reason in QUESTIONS.items()]


class AskForm(EntenteForm):
    """A question to the exporter; `granted`: while a provisional grant waits nothing stops, nor is corrected."""

    def __init__(self, *args: Any, granted: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if granted:
            del self.fields["reason_code"], self.fields["sections"]
            self.fields["days"].help_text = _("At most until the time to confirm is over.")

    def arguments(self) -> dict[str, Any]:
        """What the service is given."""
        return {"reason_code": "clarification", **self.cleaned_data}

    reason_code = forms.ChoiceField(label=_("Why you ask"), widget=forms.RadioSelect, choices=_reasons)
    question = forms.CharField(
        label=_("Question to the exporter"),
        help_text=_("The exporter reads it as you write it. Name no other member and no list."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
    )
    sections = forms.MultipleChoiceField(  # type: ignore[assignment]
        label=_("Sections the exporter may correct"),
        help_text=_("A correction makes a new revision, which is assessed again."),
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, SECTION_NAMES[name]) for name in CORRECTABLE],
        required=False,
    )
    days = forms.IntegerField(
        label=_("Days to answer"),
        help_text=_(
            "For a reason that stops the clock, it stands until the answer or the end of these days."
        ),
        min_value=1,
        max_value=30,
        initial=7,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )

    choice_hints = {
        "reason_code": {
            code: _("Stops the clock, for 30 days at most.")
            if reason.most_days == 30
            else _("Stops the clock, for 14 days at most.")
            if reason.most_days
            else _("The clock goes on.")
            for code, reason in QUESTIONS.items()
        }
    }
