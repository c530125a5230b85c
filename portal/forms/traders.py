"""What an exporter answers to be a trusted trader."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exemptions.icp import LONGEST, Element
from pages.forms import EntenteForm

CHOICES = [("yes", _("Yes")), ("partly", _("Partly")), ("no", _("No"))]


class ElementForm(EntenteForm):
    """The questions of one element; nothing need be whole before it is kept."""

    all_optional = True

    def __init__(self, *args: Any, element: Element, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in element.questions:
            self.fields[question.key] = forms.ChoiceField(
                label=question.text, choices=CHOICES, widget=forms.RadioSelect, required=False
            )
        self.fields["evidence"] = forms.CharField(
            label=_("What shows it"),
            help_text=_(
                "Documents and where they are kept, who is responsible, since when. An inspector looks."
            ),
            max_length=LONGEST,
            widget=forms.Textarea(attrs={"rows": 5}),
            required=False,
        )


class CertificateForm(EntenteForm):
    number = forms.CharField(
        label=_("Number of the certificate"),
        help_text=_("As customs gave it, such as DEAEOF000012. Leave it empty where you have none."),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20"}),
    )
    file = forms.FileField(
        label=_("The certificate"), help_text=_("PDF or picture, up to 20 MB."), required=False
    )


class RegainForm(EntenteForm):
    made_good = forms.CharField(
        label=_("What you have mended, and what shows it"),
        help_text=_("An inspector reads it before the visit."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class EndForm(EntenteForm):
    reason = forms.CharField(
        label=_("Why you give it up"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
