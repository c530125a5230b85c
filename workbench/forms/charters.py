"""The editor of charters, and the forms that put one into force or out of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.charter_text import LONGEST
from pages.fields import DayField
from pages.forms import EntenteForm


class CharterForm(EntenteForm):
    """A charter as text; a file that is sent with it takes its place."""

    text = forms.CharField(
        label=gettext_lazy("The charter, in YAML or JSON"),
        help_text=gettext_lazy(
            "Who is asked at each tier, by which rule, for how long, and what silence means."
        ),
        max_length=LONGEST,
        error_messages={"required": gettext_lazy("Write the charter, or choose a file.")},
        strip=False,
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false", "autocapitalize": "none"}),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        help_text=gettext_lazy("YAML or JSON, instead of the text above."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = not self.files

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if file := given.get("file"):
            if file.size > LONGEST:
                self.add_error("file", _("Is longer than %(most)d characters.") % {"most": LONGEST})
                return given
            try:
                given["text"] = file.read().decode()
            except UnicodeDecodeError:
                self.add_error("file", _("Is not text in UTF-8."))
        return given


class ActivateForm(EntenteForm):
    effective_from = DayField(
        label=gettext_lazy("In force from"),
        help_text=gettext_lazy("Cases routed before that day keep the version they began with."),
    )


class RetireForm(EntenteForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
