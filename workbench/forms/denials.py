"""The form of a denial's review."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from intelligence.services import EXPLAINED_FROM
from pages.forms import EntenteForm


class ReviewForm(EntenteForm):
    outcome = forms.ChoiceField(
        label=_("What the review found"),
        widget=forms.RadioSelect,
        choices=[
            ("keep", _("The grounds still hold: keep it for three more years")),
            ("withdraw", _("The grounds no longer hold: withdraw it")),
        ],
        error_messages={"required": _("Say whether the denial is kept or withdrawn.")},
    )
    explanation = forms.CharField(
        label=_("Explanation, for every member"),
        help_text=_("Needed to keep a denial from review %(number)s on.") % {"number": EXPLAINED_FROM},
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        required=False,
    )
