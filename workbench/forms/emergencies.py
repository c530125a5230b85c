"""The form on which an emergency request is triaged."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from pages.forms import EntenteForm


class TriageForm(EntenteForm):
    outcome = forms.ChoiceField(
        label=_("Is it an emergency?"),
        widget=forms.RadioSelect,
        choices=[("accepted", _("Accept emergency handling")), ("declined", _("Decline it"))],
        error_messages={"required": _("Accept or decline it.")},
    )
    answer = forms.CharField(
        label=_("Why, for the exporter"),
        help_text=_("The exporter reads it as you write it. At least 20 characters."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=2000,
    )
    choice_hints = {
        "outcome": {
            "accepted": _(
                "The case moves into the crisis lane. Its licence is valid for 90 days at most and not renewed."
            ),
            "declined": _("The case goes its ordinary way. Nothing is lost."),
        }
    }
