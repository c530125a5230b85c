"""Questions about the keys a member signs with."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pages.fields import DayField
from pages.forms import EntenteForm


class RevokeKeyForm(EntenteForm):
    day = DayField(
        label=_("Nothing that it signed counts from this day on"),
        help_text=_("The day on which somebody else may first have had it, in your member's time."),
    )
    time = forms.TimeField(
        label=_("From this time"),
        widget=forms.TimeInput(attrs={"type": "time", "class": "govuk-input--width-5"}, format="%H:%M"),
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=500,
        help_text=_("Every member reads it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
