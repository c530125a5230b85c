"""What an exporter reports on a waiver."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from pages.forms import EntenteForm


class ReportForm(EntenteForm):
    used = forms.DecimalField(
        label=_("Used since the first day"),
        help_text=_(
            "In the unit of the cap: what has left under licences that rest on this waiver, all reports together."
        ),
        max_digits=15,
        decimal_places=3,
        min_value=0,
    )
    found = forms.CharField(
        label=_("What watching the end-use has found"),
        help_text=_("Who was visited when, what was seen, and anything that gives rise to doubt."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
