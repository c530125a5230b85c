"""Forms of the public door."""

import re
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from exemptions import guiding
from exemptions.grounds import Provider, Supply
from members.selectors import jurisdictions
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


class AidForm(EntenteForm):
    """One question on the way to the right ground; every one is answered in the address."""


class ProviderForm(AidForm):
    heading = "provider"
    provider = forms.ChoiceField(
        label=_("Who brings the help?"),
        widget=forms.RadioSelect,
        choices=Provider.choices,
        error_messages={"required": _("Choose who brings the help.")},
    )
    reference = forms.CharField(
        label=_("Which response plan or appeal is it in?"),
        required=False,
        max_length=200,
        help_text=_("For example the name and year of the plan. Without it an officer has to ask."),
    )
    reveals: ClassVar[dict[str, dict[str, tuple[str, ...]]]] = {"provider": {"ngo_in_plan": ("reference",)}}


class GoodsForm(AidForm):
    heading = "supply"
    supply = forms.ChoiceField(
        label=_("What is it?"),
        widget=forms.RadioSelect,
        choices=Supply.choices,
        error_messages={"required": _("Choose what kind of help it is.")},
    )


class PlaceForm(AidForm):
    place = forms.ChoiceField(
        label=_("Where does it go?"),
        help_text=_("Of a country in which areas are told apart, choose the area. Names imply no position."),
        error_messages={"required": _("Choose where it goes.")},
    )
    member = forms.ChoiceField(
        label=_("Which member is the exporter established in?"),
        help_text=_("Its law bears on the goods beside that of the United Nations and of the alliance."),
        error_messages={"required": _("Choose the member.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = [(one.code, one.name) for one in jurisdictions()]
        self.fields["place"].choices = [("", ""), *guiding.destinations()]  # type: ignore[attr-defined]
        self.fields["member"].choices = [("", ""), *members]  # type: ignore[attr-defined]
