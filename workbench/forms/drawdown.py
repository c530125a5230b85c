"""Questions to customs about what they draw of a licence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enforcement.selectors import Left
from licensing.dossier import UNITS
from pages.forms import EntenteForm

NUMBER = re.compile(r"EL-?[0-9A-Z]{4}-?[0-9A-Z]{4}", re.IGNORECASE)


class FindForm(EntenteForm):
    licence = forms.CharField(
        label=_("Number of the licence"),
        help_text=_("As printed, such as EL-7K3M-9QX2, or the address that its QR code holds."),
        max_length=300,
    )

    def clean_licence(self) -> str:
        """Return the number, also out of an address."""
        found = NUMBER.search(self.cleaned_data["licence"].replace(" ", ""))
        if found is None:
            raise forms.ValidationError(_("Give a number such as EL-7K3M-9QX2."))
        bare = found.group().upper().replace("-", "")
        return f"{bare[:2]}-{bare[2:6]}-{bare[6:]}"


def quantity_field(label: Any, help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        max_digits=18,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "spellcheck": "false"}),
    )


class ReserveForm(EntenteForm):
    line = forms.TypedChoiceField(label=_("Line of the licence"), coerce=int)
    quantity = quantity_field(_("Quantity"))
    unit = forms.ChoiceField(
        label=_("Unit"),
        help_text=_("The licence's own; kilograms, grams and tonnes are converted where that is exact."),
        choices=[(code, f"{name} ({code})") for code, name in UNITS.items()],
    )
    office = forms.CharField(
        label=_("Customs office"), help_text=_("Its code, such as DE004851."), max_length=10
    )
    declaration = forms.CharField(
        label=_("Declaration"), help_text=_("MRN, or your own number of the declaration."), max_length=35
    )
    shipment = forms.CharField(
        label=_("Shipment"),
        help_text=_("Where the holder has declared one: it holds the quantity already."),
        max_length=20,
        required=False,
    )

    def __init__(self, *args: Any, left: Sequence[Left], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].choices = [  # type: ignore[attr-defined]
            (one.line.line, f"{one.line.line}. {one.line.description}") for one in left
        ]
        if left:
            self.fields["unit"].initial = left[0].line.unit


class ConfirmForm(EntenteForm):
    quantity = quantity_field(_("How much has left"), _("In the line's unit. The rest is free again."))


class CorrectForm(EntenteForm):
    quantity = quantity_field(_("How much was drawn in truth"), _("In the line's unit. Zero cancels, below."))
    reason = forms.CharField(label=_("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class GiveBackForm(EntenteForm):
    reason = forms.CharField(label=_("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
