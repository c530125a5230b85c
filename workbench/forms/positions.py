"""The form on which an officer takes a position."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing.dossier import CORRECTABLE
from licensing.models import Consultation, Position
from licensing.services.positions import OBJECTION_REASONS, OFFERED
from licensing.stops import QUESTIONS
from pages.forms import EntenteForm
from workbench.forms import conditions
from workbench.forms.cases import SECTION_NAMES, AskForm


class ObjectingForm(EntenteForm):
    """What an objection has to say, where a position is taken and where one is deposited beforehand."""

    binding = forms.BooleanField(
        label=_("The objection binds the lead: no licence while it stands"), required=False
    )
    reason_code = forms.ChoiceField(
        label=_("Why you object"),
        choices=[("", _("Choose a reason")), *OBJECTION_REASONS.items()],
    )
    legal_basis = forms.CharField(
        label=_("Legal basis"),
        help_text=_("The rule it rests on, for example Regulation (EU) 2021/821, Article 14(1)."),
        max_length=200,
    )
    summary = forms.CharField(
        label=_("What may be told of the grounds"),
        help_text=_("The members with a stake read this. At least 20 characters."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
    )
    remark = forms.CharField(
        label=_("Remark to the lead"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
    )

    def grounds(self) -> dict[str, Any]:
        """Return what the service is told of an objection."""
        given = self.cleaned_data
        return {
            "binding": bool(given.get("binding")),
            "reason_code": given["reason_code"],
            "legal_basis": given["legal_basis"],
            "summary": given["summary"],
        }


class PositionForm(ObjectingForm):
    """One choice, and below it what that choice needs."""

    field_order = ("seen", "kind")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(
        label=_("Your position"),
        widget=forms.RadioSelect,
        choices=[(kind.value, kind.label) for kind in OFFERED],
        error_messages={"required": _("Choose a position.")},
    )
    question_reason = forms.ChoiceField(
        label=_("Why you ask"),
        choices=lambda: [("", _("Choose a reason")), *((code, r.label) for code, r in QUESTIONS.items())],
    )
    question = forms.CharField(
        label=_("Question to the exporter"),
        help_text=_("The exporter reads it as you write it. Name no other member and no list."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
    )
    sections = forms.MultipleChoiceField(  # type: ignore[assignment]
        label=_("Sections the exporter may correct"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, SECTION_NAMES[name]) for name in CORRECTABLE],
        required=False,
    )
    days = forms.IntegerField(
        label=_("Days to answer"),
        min_value=1,
        max_value=30,
        initial=7,
        help_text=AskForm.base_fields["days"].help_text,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )
    choice_hints = {
        "kind": {
            Position.Kind.NO_OBJECTION: _("The lead may grant as asked."),
            Position.Kind.CONDITIONS: _("The lead may grant, if it keeps your conditions."),
            Position.Kind.OBJECT: _("With reason, legal basis and what may be told of the grounds."),
            Position.Kind.NEED_INFORMATION: _("Puts a question to the exporter; your answer stays due."),
            Position.Kind.ABSTAIN: _("You take no side."),
            Position.Kind.RECUSE: _("A conflict of interest keeps you from answering."),
        }
    }
    reveals = {
        "kind": {
            Position.Kind.OBJECT.value: ["binding", "reason_code", "legal_basis", "summary"],
            Position.Kind.NEED_INFORMATION.value: ["question_reason", "question", "sections", "days"],
        }
    }

    def __init__(self, *args: Any, consultation: Consultation, **kwargs: Any) -> None:
        self.items = list(consultation.case.revision.items.all())
        asked = conditions.fields(self.items)
        self.base_fields = {**type(self).base_fields, **asked}  # type: ignore[misc]
        chosen = {**type(self).reveals["kind"], Position.Kind.CONDITIONS.value: list(asked)}
        if not consultation.binding:
            del self.base_fields["binding"]
            chosen[Position.Kind.OBJECT.value] = ["reason_code", "legal_basis", "summary"]
        self.reveals = {"kind": chosen}  # type: ignore[misc]
        super().__init__(*args, **kwargs)

    def arguments(self) -> tuple[dict[str, Any], list[str]]:
        """Return what the service is called with, and the question each condition comes from."""
        given = self.cleaned_data
        kind = given["kind"]
        found: dict[str, Any] = {"kind": kind, "seen": given.get("seen") or "", "summary": given["remark"]}
        asked: list[str] = []
        if kind == Position.Kind.OBJECT:
            found |= self.grounds()
        elif kind == Position.Kind.NEED_INFORMATION:
            found |= {
                "reason_code": given["question_reason"],
                "summary": given["question"],
                "sections": given["sections"],
                "days": given["days"],
            }
        elif kind == Position.Kind.CONDITIONS:
            found["conditions"], asked = conditions.read(given, self.items)
        return found, asked

    def named(self, errors: dict[str, list[str]], asked: list[str]) -> dict[str, list[str]]:
        """Return a service's errors under this form's questions."""
        names = (
            {"reason_code": "question_reason", "summary": "question"}
            if self.cleaned_data.get("kind") == Position.Kind.NEED_INFORMATION
            else {}
        )
        found = conditions.named(errors, asked)
        return {names.get(name, name): texts for name, texts in found.items()}
