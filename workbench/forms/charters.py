"""The editors of charters and of measures, and the forms that put a charter into force or out of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.charter_text import LONGEST
from pages.fields import DayField
from pages.forms import EntenteForm


class AgreedTextForm(EntenteForm):
    """What members agree on, written as text; a file that is sent with it takes its place."""

    asked: ClassVar[Any]  # a text to be translated
    explained: ClassVar[Any]
    missing: ClassVar[Any]

    text = forms.CharField(
        max_length=LONGEST,
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
        text = self.fields["text"]
        text.label, text.help_text, text.required = self.asked, self.explained, not self.files
        text.error_messages["required"] = self.missing

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


class CharterForm(AgreedTextForm):
    asked = gettext_lazy("The charter, in YAML or JSON")
    explained = gettext_lazy(
        "Who is asked at each tier, by which rule, for how long, and what silence means."
    )
    missing = gettext_lazy("Write the charter, or choose a file.")


class MeasuresForm(AgreedTextForm):
    asked = gettext_lazy("The measures, in YAML or JSON")
    explained = gettext_lazy(
        "Each with its objective and legal basis, a sunset, and an exit plan that lifts it."
    )
    missing = gettext_lazy("Write the measures, or choose a file.")


class ActivateForm(EntenteForm):
    effective_from = DayField(
        label=gettext_lazy("In force from"),
        help_text=gettext_lazy("Cases routed before that day keep the version they began with."),
    )


class RetireForm(EntenteForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
