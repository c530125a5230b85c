"""The forms on which a key is signed and a humanitarian ground is ruled on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing.models import Key
from pages.forms import EntenteForm


class KeyForm(EntenteForm):
    interest = forms.ChoiceField(
        label=_("Interest you sign for"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the interest you sign for.")},
    )
    reasons = forms.CharField(
        label=_("What you weighed"),
        help_text=_("Officers who read the case read it. At least 20 characters."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
    )

    def __init__(self, *args: Any, mine: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["interest"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [choice for choice in Key.Interest.choices if choice[0] in mine]
        field.initial = mine[0] if len(mine) == 1 else None


class RulingForm(EntenteForm):
    outcome = forms.ChoiceField(
        label=_("Is the ground humanitarian?"),
        widget=forms.RadioSelect,
        choices=[("accepted", _("Accept the ground")), ("refused", _("Do not accept it"))],
        error_messages={"required": _("Accept the ground or do not.")},
    )
    legal_basis = forms.CharField(
        label=_("Rule it rests on"),
        help_text=_("For example: UNSCR 2664 (2022), paragraph 1."),
        max_length=300,
    )
    reasons = forms.CharField(
        label=_("Why, for the exporter"),
        help_text=_("The exporter reads it as you write it. At least 20 characters."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=2000,
    )
    choice_hints = {
        "outcome": {
            "accepted": _(
                "The criteria move the case into the humanitarian lane, unless something else stands against it. "
                "The licence is still decided on."
            ),
            "refused": _("The case goes its ordinary way. Nothing is lost."),
        }
    }
