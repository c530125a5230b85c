"""What an exporter reports of a suspicious order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing.dossier import IDENTIFIERS
from licensing.models import SuspiciousOrder
from licensing.suspicions import RED_FLAGS
from pages.forms import EntenteForm


class SuspicionForm(EntenteForm):
    goods = forms.CharField(
        label=_("What was ordered?"),
        help_text=_("Goods or technology, how many, for when."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    outcome = forms.ChoiceField(
        label=_("What did you do with the order?"),
        widget=forms.RadioSelect,
        choices=SuspiciousOrder.Outcome.choices,
    )
    party_name = forms.CharField(label=_("Who ordered it?"), help_text=_("Full name."), max_length=300)
    party_country = forms.CharField(
        label=_("Their country"),
        help_text=_("Two letters, for example SG."),
        max_length=2,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-2"}),
    )
    party_address = forms.CharField(
        label=_("Their address"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    lei = forms.CharField(label=_("Their LEI"), required=False, max_length=60)
    vat = forms.CharField(label=_("Their VAT number"), required=False, max_length=60)
    imo = forms.CharField(label=_("IMO number of a ship"), required=False, max_length=60)
    eori = forms.CharField(label=_("Their EORI number"), required=False, max_length=60)
    registration = forms.CharField(
        label=_("Their company registration number"), required=False, max_length=60
    )
    red_flags = forms.MultipleChoiceField(
        label=_("What made it suspicious?"),
        help_text=_("Choose all that apply."),
        widget=forms.CheckboxSelectMultiple,
        choices=list(RED_FLAGS.items()),
        error_messages={"required": _("Choose at least one red flag.")},
    )
    reasons = forms.CharField(
        label=_("In your own words"),
        help_text=_("What happened, when and by whom. At least 20 characters."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    organisation = forms.ChoiceField(label=_("For which organisation do you report?"))
    application = forms.ChoiceField(
        label=_("Is it about one of your applications?"),
        required=False,
    )
    groups = [
        (_("The order"), ["goods", "outcome"]),
        (_("Who placed it"), ["party_name", "party_country", "party_address", *IDENTIFIERS]),
        (_("Why it is suspicious"), ["red_flags", "reasons"]),
    ]

    def __init__(
        self,
        *args: Any,
        organisations: list[tuple[str, str]],
        applications: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = organisations  # type: ignore[attr-defined]
        if len(organisations) == 1:
            self.fields["organisation"].widget = forms.HiddenInput()
            self.fields["organisation"].initial = organisations[0][0]
        self.fields["application"].choices = [("", _("No")), *applications]  # type: ignore[attr-defined]

    @property
    def schemes(self) -> list[str]:
        """The identifiers that were given, in their order."""
        return [scheme for scheme in IDENTIFIERS if self.cleaned_data[scheme].strip()]

    def arguments(self) -> dict[str, Any]:
        """Return what the service takes, but for organisation and application."""
        got = self.cleaned_data
        names = ("goods", "outcome", "party_name", "party_country", "party_address", "red_flags", "reasons")
        numbers = [{"scheme": scheme, "value": got[scheme]} for scheme in self.schemes]
        return {**{name: got[name] for name in names}, "identifiers": numbers}

    def at_questions(self, fields: dict[str, list[str]]) -> dict[str, list[str]]:
        """Return errors of the service by the question that gave what is wrong."""
        return {self._question(path): told for path, told in fields.items()}

    def _question(self, path: str) -> str:
        if path.startswith("identifiers["):
            return self.schemes[int(path[len("identifiers[") :].partition("]")[0])]
        return path
