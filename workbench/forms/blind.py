"""The forms of matching denials blind."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members import selectors
from pages.forms import EntenteForm

LONGEST = 2_000_000  # bytes of a file


class KeyForm(EntenteForm):
    key_id = forms.CharField(
        label=_("What the key says of itself"),
        help_text=_("16 hexadecimal digits, from “./entente blind key-id”. Never the key."),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "spellcheck": "false"}),
    )


class PairForm(KeyForm):
    member = forms.ChoiceField(label=_("With which member"))
    field_order = ["member", "key_id"]

    def __init__(self, *args: Any, own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = selectors.jurisdictions().exclude(code=own).values_list("code", "name")
        self.fields["member"].choices = [("", _("Choose a member")), *others]  # type: ignore[attr-defined]


class FingerprintsForm(EntenteForm):
    file = forms.FileField(
        label=_("File of fingerprints"),
        help_text=_("As “./entente blind” writes it: one a line. Never the legend."),
        error_messages={"required": _("Choose a file.")},
    )

    def clean_file(self) -> list[str]:
        file = self.cleaned_data["file"]
        if file.size > LONGEST:
            raise forms.ValidationError(_("The file has more than two megabytes."))
        try:
            text: str = file.read().decode("ascii")
        except UnicodeDecodeError:
            raise forms.ValidationError(_("This is no file of fingerprints.")) from None
        return text.splitlines()
