"""A file of a customs system, handed in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.adapters.records import LARGEST
from pages.forms import EntenteForm


class CustomsFileForm(EntenteForm):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("usageData or licenceReply, as your system wrote it."),
        allow_empty_file=True,
    )

    def clean_file(self) -> Any:
        """Return the text of the file."""
        given = self.cleaned_data["file"]
        if given.size > LARGEST:
            raise ValidationError(_("The file is larger than %(most)s bytes.") % {"most": LARGEST})
        try:
            return given.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValidationError(_("This is no text in UTF-8.")) from None
