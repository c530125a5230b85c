"""Questions about webhooks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from correspondence.models import SCHEMES
from pages import sentences
from pages.forms import EntenteForm


class ChangeWebhookForm(EntenteForm):
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy("Where your system listens, such as https://hooks.example.org/entente"),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    description = forms.CharField(label=gettext_lazy("What it is for"), required=False, max_length=100)
    types = forms.CharField(
        label=gettext_lazy("Types of event"),
        required=False,
        max_length=4000,
        help_text=gettext_lazy(
            "One a line, such as case.escalated, or licence.* for all about licences. Leave it empty for all."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )

    def clean_types(self) -> list[str]:
        types: list[str] = self.cleaned_data["types"].split()
        if unknown := sentences.unknown(types):
            raise ValidationError(_("%(type)s is no type of event.") % {"type": unknown[0][:60]})
        return types


class RegisterWebhookForm(ChangeWebhookForm):
    system = forms.ChoiceField(label=gettext_lazy("System"))
    scheme = forms.ChoiceField(
        label=gettext_lazy("Signature"),
        choices=SCHEMES,
        initial="v1a",
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Every call is signed, so that your system can tell it from anyone else’s."),
    )
    choice_hints = {
        "scheme": {
            "v1a": gettext_lazy("Nothing on your side has to be kept secret."),
            "v1": gettext_lazy("For libraries that know no other; keep the secret as you keep a password."),
        }
    }
    field_order = ("system", "url", "description", "types", "scheme")

    def __init__(self, *args: Any, systems: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        system = self.fields["system"]
        assert isinstance(system, forms.ChoiceField)
        system.choices = systems


class ReplayForm(EntenteForm):
    since = forms.CharField(
        label=gettext_lazy("Since when"),
        required=False,
        max_length=40,
        help_text=gettext_lazy(
            "In UTC, such as 2026-11-27 14:30. Leave it empty to begin with the first event."
        ),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )

    def clean_since(self) -> datetime | None:
        told = self.cleaned_data["since"].strip()
        if not told:
            return None
        try:
            at = datetime.fromisoformat(told)
        except ValueError:
            raise ValidationError(_("Give a day and a time, such as 2026-11-27 14:30.")) from None
        return at if at.tzinfo else at.replace(tzinfo=UTC)
