"""A file that fills in the items or parties of a draft."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licensing.dossier.tables import LARGEST
from pages.forms import EntenteForm

HOW = [
    ("replace", gettext_lazy("Replace what is there")),
    ("append", gettext_lazy("Add behind what is there")),
]


class ReadTableForm(EntenteForm):
    """A file to look at before anything is taken over."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        allow_empty_file=True,
        help_text=gettext_lazy("UTF-8, at most 300 kilobytes, separated by commas, semicolons or tabs."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    how = forms.ChoiceField(
        label=gettext_lazy("What should become of it?"),
        choices=HOW,
        initial="replace",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, present: int, **kwargs: Any) -> None:
        """With nothing in the draft, how is not asked."""
        super().__init__(*args, **kwargs)
        if not present:
            del self.fields["how"]

    @property
    def content(self) -> bytes:
        return bytes(self.cleaned_data["file"].read(LARGEST + 1))

    @property
    def append(self) -> bool:
        return self.cleaned_data.get("how") == "append"


class LoadTableForm(EntenteForm):
    """The file that was looked at, as the page carries it on: in base64, for browsers change line ends."""

    table = forms.CharField(widget=forms.HiddenInput, max_length=2 * LARGEST)
    how = forms.ChoiceField(choices=HOW, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_table(self) -> bytes:
        try:
            return base64.b64decode(self.cleaned_data["table"], validate=True)
        except (binascii.Error, ValueError):
            raise ValidationError(_("Choose the file once more.")) from None

    @classmethod
    def carrying(cls, content: bytes, *, append: bool, version: int) -> LoadTableForm:
        """Return the form that takes the file over once it is confirmed."""
        told = {"table": base64.b64encode(content).decode(), "how": "append" if append else "replace"}
        return cls(initial={**told, "version": version})

    @property
    def append(self) -> bool:
        return bool(self.cleaned_data["how"] == "append")
