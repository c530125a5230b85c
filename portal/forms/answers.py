"""The exporter's other forms: documents, answers, reasons, questions to the rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliance import selectors as alliance
from exemptions import guiding
from exemptions.grounds import Kind, Provider, Supply
from members.models import Jurisdiction
from pages.forms import EntenteForm

DOCUMENT_KINDS = {
    "end_user_statement": _("End-user statement or certificate"),
    "contract": _("Contract or order"),
    "technical": _("Technical data sheet"),
    "ownership": _("Proof of ownership or registration"),
    "other": _("Another document"),
}


class DocumentForm(EntenteForm):
    kind = forms.ChoiceField(label=_("What is it?"), choices=list(DOCUMENT_KINDS.items()))
    file = forms.FileField(
        label=_("File"), help_text=_("PDF, PNG, JPEG, DOCX, XLSX, TXT or CSV, at most 20 MB.")
    )


class AnswerForm(EntenteForm):
    answer = forms.CharField(
        label=_("Your answer"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 8})
    )


class ReasonForm(EntenteForm):
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class WidenForm(EntenteForm):
    """Which other member should let a licence hold there, and why."""

    member = forms.ChoiceField(
        label=_("Member"), error_messages={"required": _("Choose a member of the alliance.")}
    )
    reason = forms.CharField(
        label=_("Why it should hold there"),
        help_text=_("That member reads it. For example: the goods are consolidated in its port."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, members: Iterable[Jurisdiction], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Choose")), *((one.code, one.name) for one in members)]
        self.fields["member"].choices = choices  # type: ignore[attr-defined]


class NeedForm(EntenteForm):
    """Is a licence needed?"""

    control_code = forms.CharField(
        label=_("Control list code"), max_length=20, help_text=_("For example 3A001.")
    )
    country = forms.CharField(
        label=_("Destination"), max_length=2, help_text=_("Two letters, for example SG.")
    )


class AidAnswersForm(EntenteForm):
    """The answers of "Is this aid?" that a draft begins with."""

    provider = forms.ChoiceField(choices=Provider.choices)
    supply = forms.ChoiceField(choices=Supply.choices)
    place = forms.ChoiceField(choices=guiding.destinations)
    reference = forms.CharField(required=False, max_length=200)

    def to_dossier(self) -> dict[str, Any]:
        """Return the sections of the dossier that these answers begin."""
        got = self.cleaned_data
        place = guiding.placed(alliance.aid_table(), got["place"])
        return {
            "ground": {
                "kind": Kind.HUMANITARIAN.value,
                "provider": got["provider"],
                "supply": got["supply"],
                "reference": got["reference"],
                "explanation": "",
            },
            "end_use": {"site_country": place.country, **({"site_area": place.area} if place.area else {})},
        }
