"""Forms of the way out of a crisis."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from pages.forms import EntenteForm


class ConfirmForm(EntenteForm):
    """Asks nothing: one press proposes or applies."""


class WhyForm(EntenteForm):
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("In 10 to 1,000 characters. It is published with the step."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
    )
