"""Forms of the public door."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from pages.forms import EntenteForm


class NumberForm(EntenteForm):
    """The number of a licence, however it was typed."""

    number = forms.CharField(
        label=_("Licence number"),
        help_text=_("It is printed on the licence, for example EL-7K3M-9QX2."),
        max_length=20,
        error_messages={"required": _("Enter the number of the licence.")},
        widget=forms.TextInput(
            attrs={"class": "govuk-input--width-20", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def clean_number(self) -> str:
        number = str(self.cleaned_data["number"]).strip().upper()
        if not re.fullmatch(r"[0-9A-Z][0-9A-Z -]{3,18}[0-9A-Z]", number):
            raise forms.ValidationError(_("Enter letters, digits and hyphens only, such as EL-7K3M-9QX2."))
        return re.sub(r"\s+", "", number)
