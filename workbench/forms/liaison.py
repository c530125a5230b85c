"""Forms of liaison packages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pages.fields import DayField
from pages.forms import EntenteForm


class PackageForm(EntenteForm):
    authority = forms.CharField(
        label=_("Authority outside the alliance"), help_text=_("As it calls itself."), max_length=200
    )
    country = forms.CharField(
        label=_("Its country"),
        help_text=_("Two letters, for example SG."),
        max_length=2,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-2"}),
    )
    purpose = forms.CharField(
        label=_("What it is to be used for"),
        help_text=_("At least 20 characters; the authority reads it."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    legal_basis = forms.CharField(
        label=_("Legal basis"), help_text=_("The rule or agreement it rests on."), max_length=200
    )
    valid_until = DayField(label=_("Valid until the end of"), help_text=_("Within 90 days."))


class FollowUpForm(EntenteForm):
    """What became of a package: its receipt, or that it is taken back."""

    what = forms.ChoiceField(
        label=_("What has happened?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )
    text = forms.CharField(
        label=_("Who confirmed it and how, or why you withdraw it"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, may_confirm: bool, may_withdraw: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [
            ("received", _("The authority has confirmed the receipt"), may_confirm),
            ("withdrawn", _("We withdraw the package"), may_withdraw),
        ]
        self.fields["what"].choices = [(name, label) for name, label, may in offered if may]  # type: ignore[attr-defined]
