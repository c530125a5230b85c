"""Questions about a mandate: to whom, for what, from when to when; and why it ends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members import selectors
from members.models import Mandated, Organisation
from pages.fields import DayField
from pages.forms import EntenteForm
from portal.forms import typed


class GiveMandateForm(EntenteForm):
    principal = forms.ChoiceField(label=_("For which of your organisations?"))
    jurisdiction = forms.ModelChoiceField(
        label=_("Where is the agent established?"), queryset=selectors.jurisdictions()
    )
    registration_number = forms.CharField(
        label=_("Registration number of the agent"),
        max_length=50,
        help_text=_("As the agent is registered here, for example HRB 12345. It has to be vetted already."),
    )
    acts = forms.MultipleChoiceField(
        label=_("What may it do for you?"),
        choices=Mandated.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("You stay the applicant and the holder of every licence."),
    )
    destinations = forms.CharField(
        label=_("Only for these destinations"),
        required=False,
        max_length=200,
        help_text=_("Two-letter codes, for example SG JP. Leave it empty for any destination."),
    )
    starts_on = DayField(label=_("First day"))
    ends_on = DayField(
        label=_("Last day"),
        help_text=_("It is in force until the end of this day where you are, and then ends by itself."),
    )
    file = forms.FileField(
        label=_("Signed document, if there is one"),
        required=False,
        help_text=_("PDF, PNG, JPEG, DOCX, XLSX, TXT or CSV, at most 20 MB. Both sides read it."),
    )

    def __init__(self, *args: Any, principals: Iterable[Organisation], **kwargs: Any) -> None:
        """With one organisation to choose, it is not asked for."""
        super().__init__(*args, **kwargs)
        choices = [(str(one.uid), one.name) for one in principals]
        self.fields["principal"].choices = choices  # type: ignore[attr-defined]
        if len(choices) < 2:
            del self.fields["principal"]

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "acts": given["acts"],
            "destinations": typed.codes(given["destinations"]),
            "starts_on": given["starts_on"],
            "ends_on": given["ends_on"],
        }


class WhyForm(EntenteForm):
    reason = forms.CharField(
        label=_("Why?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The other side reads it."),
    )


class PaperForm(EntenteForm):
    file = forms.FileField(
        label=_("Signed document"),
        help_text=_("PDF, PNG, JPEG, DOCX, XLSX, TXT or CSV, at most 20 MB. Both sides read it."),
    )
