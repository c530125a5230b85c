"""Questions of the register of risk appetite: a change with its minute, and a vote."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.models import ThresholdVote
from alliance.register import Entry
from pages.fields import DayField
from pages.forms import EntenteForm


class ChangeForm(EntenteForm):
    groups = (
        (_("The change"), ("new_value", "effective_from", "reason")),
        (
            _("The minute that speaks of it"),
            ("minute_body", "minute_date", "minute_paragraph", "document_sha256"),
        ),
    )
    new_value = forms.IntegerField(
        label=_("New value"), widget=forms.NumberInput(attrs={"class": "govuk-input--width-5"})
    )
    effective_from = DayField(
        label=_("First day on which it is to be in force"), help_text=_("From midnight UTC, after the vote.")
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Published with the result: nothing that only members may know."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    minute_body = forms.CharField(
        label=_("Body that met"), help_text=_("Such as Council working party."), max_length=200
    )
    minute_date = DayField(label=_("Day of the meeting"))
    minute_paragraph = forms.CharField(
        label=_("Where in the minute"),
        help_text=_("Such as paragraph 4."),
        max_length=50,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )
    document_sha256 = forms.CharField(
        label=_("SHA-256 of the document"),
        help_text=_(
            "64 digits and letters, so that whoever holds the minute can tell that it is this one. The document"
            " stays where it is."
        ),
        max_length=64,
        required=False,
    )

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["new_value"]
        about = entry.about
        field.help_text = _("A whole number from %(low)d to %(high)d.") % {
            "low": about.least,
            "high": about.most,
        }
        if about.optional:
            field.required = False
            field.help_text += " " + _("Empty: none, so that no case is meant for its score alone.")


class VoteForm(EntenteForm):
    choice = forms.ChoiceField(
        label=_("What your member says"), widget=forms.RadioSelect, choices=ThresholdVote.Choice.choices
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Read by the members; the public reads how each member voted, not why."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
