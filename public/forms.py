"""Forms of the public door."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock
from enforcement.models import ShipmentLine
from enforcement.services.deliveries import Upload
from exemptions import guiding
from exemptions.grounds import Provider, Supply
from licensing.credentials.tokens import LONGEST
from licensing.dossier import UNITS
from members.selectors import jurisdictions
from pages.fields import DayField, FilesField
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


class CredentialForm(EntenteForm):
    """A credential, pasted or as a file, and where the goods are."""

    all_optional = True
    credential = forms.CharField(
        label=_("Credential"),
        required=False,
        help_text=_("The whole text of a vc+jwt or vc+sd-jwt file, or what the code on the licence carries."),
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(label=_("Or the file"), required=False, max_length=255)
    member = forms.ChoiceField(label=_("Where are the goods?"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(one.code, one.name) for one in jurisdictions()]
        self.fields["member"].choices = [("", _("Wherever it is valid")), *known]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        file, text = given.get("file"), str(given.get("credential") or "").strip()
        if bool(file) == bool(text) and not self.errors:
            self.add_error("credential", _("Paste the credential, or choose its file: one of the two."))
        elif file and file.size > LONGEST:
            self.add_error("file", _("This file is too large to be a licence."))
        elif len(text) > LONGEST:
            self.add_error("credential", _("This is too long to be a licence."))
        else:
            given["text"] = file.read().decode("utf-8", "replace") if file else text
        return given


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


class MonitoredForm(EntenteForm):
    """What a third-party monitor says of a delivery. Nothing is filled in that the monitor is to count."""

    delivered_on = DayField(label=_("Day on which the goods arrived"))
    delivered_time = forms.TimeField(
        label=_("Time, in UTC"),
        input_formats=["%H:%M"],
        widget=forms.TimeInput(attrs={"class": "govuk-input--width-5"}, format="%H:%M"),
        error_messages={"invalid": _("Give hours and minutes, such as 14:30.")},
    )
    place = forms.CharField(
        label=_("Place"),
        help_text=_("Where you saw the goods, such as a warehouse and its address."),
        max_length=300,
    )
    remarks = forms.CharField(
        label=_("Remarks"),
        help_text=_("Where less arrived than was shipped: where is the rest? Also what you could not see."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    documents = FilesField(
        label=_("Photos and signed papers"),
        help_text=_("At least one: PNG, JPEG or PDF, at most 20 MB each and ten in all."),
        error_messages={
            "required": _("Attach at least one photo of the delivery, or the paper that was signed.")
        },
    )
    person = forms.CharField(label=_("Your name"), max_length=200)
    organisation = forms.CharField(label=_("Your organisation"), max_length=300)
    stands = forms.BooleanField(
        label=_("I have seen these goods myself, and I do not work for the exporter."),
        error_messages={
            "required": _("Only who has seen the goods, and is not the exporter’s, can confirm this.")
        },
    )

    def __init__(self, *args: Any, lines: Iterable[ShipmentLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["delivered_time"].help_text = gettext("Such as 14:30. It is %(now)s in UTC now.") % {
            "now": clock.now().astimezone(UTC).strftime("%H:%M")
        }
        self.lines: dict[str, int] = {}
        for row in lines:
            name = f"received_{row.licence_line.line}"
            self.lines[name] = row.licence_line.line
            self.fields[name] = forms.DecimalField(
                label=row.licence_line.description,
                help_text=gettext("Shipped: %(shipped)s %(unit)s. How much have you counted?")
                % {
                    "shipped": f"{row.quantity.normalize():f}",
                    "unit": str(UNITS.get(row.licence_line.unit, row.licence_line.unit)).lower(),
                },
                max_digits=15,
                decimal_places=3,
                min_value=Decimal(0),
                widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "inputmode": "decimal"}),
            )
        self.groups = (  # type: ignore[misc]
            (_("What arrived"), (*self.lines, "remarks")),
            (_("When and where"), ("delivered_on", "delivered_time", "place")),
            (_("What shows it"), ("documents",)),
            (_("You sign"), ("person", "organisation", "stands")),
        )

    def arguments(self) -> dict[str, Any]:
        """What the service is given."""
        given = self.cleaned_data
        return {
            "received": {number: given[name] for name, number in self.lines.items()},
            "delivered_at": datetime.combine(given["delivered_on"], given["delivered_time"], UTC),
            "place": given["place"],
            "person": given["person"],
            "organisation": given["organisation"],
            "remarks": given["remarks"],
            "uploads": [Upload(one.name or "", one) for one in given["documents"]],
        }

    def named(self, errors: dict[str, list[str]]) -> dict[str, list[str]]:
        """Put what the service names at the question that asks for it."""
        places = {f"received.{number}": name for name, number in self.lines.items()}
        places |= {
            "delivered_at": "delivered_on", "explanation": "remarks",
            "third_party": "organisation", "third_person": "person",
        }  # fmt: skip
        return {places.get(name, name): told for name, told in errors.items()}
