"""What an exporter says of a shipment, and of its delivery."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.models import Shipment, ShipmentLine
from enforcement.selectors import Left
from enforcement.services.deliveries import ThirdParty, Upload
from enforcement.services.shipments import RECEIVING
from licensing.dossier import UNITS
from licensing.models import Licence
from pages.fields import DayField, FilesField
from pages.forms import EntenteForm
from pages.geography import country_name
from portal.forms import typed


def _unit(code: str) -> str:
    return str(UNITS.get(code, code)).lower()


class ShipmentForm(EntenteForm):
    """A shipment under one licence: its lines become questions, its parties the choices."""

    consignee = forms.ChoiceField(
        label=gettext_lazy("Consignee"), help_text=gettext_lazy("Only those that the licence names.")
    )
    leaves_from = forms.ChoiceField(
        label=gettext_lazy("Leaves from"), help_text=gettext_lazy("Members in which the licence holds.")
    )
    via = forms.CharField(
        label=gettext_lazy("Countries on the way"),
        help_text=gettext_lazy("Two letters each, in order, separated by commas: NL, EG."),
        max_length=60,
        required=False,
    )
    planned_departure = DayField(label=gettext_lazy("Planned day of departure"))
    planned_arrival = DayField(label=gettext_lazy("Planned day of arrival"))
    carrier = forms.CharField(label=gettext_lazy("Carrier"), max_length=300)
    carrier_country = forms.CharField(
        label=gettext_lazy("Country of the carrier"),
        help_text=gettext_lazy("Two letters, such as DE."),
        max_length=2,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-2"}),
    )
    vessel = forms.CharField(label=gettext_lazy("Vessel"), max_length=300, required=False)
    flag = forms.CharField(
        label=gettext_lazy("Flag of the vessel"),
        help_text=gettext_lazy("Two letters, such as PA."),
        max_length=2,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-2"}),
    )
    imo = forms.CharField(
        label=gettext_lazy("IMO number of the vessel"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )
    containers = forms.CharField(
        label=gettext_lazy("Numbers of the containers"),
        help_text=gettext_lazy("If they are known, one on each line, such as CSQU3054383."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    own_reference = forms.CharField(
        label=gettext_lazy("Your own reference"),
        help_text=gettext_lazy("Such as the number of the bill of lading."),
        max_length=60,
        required=False,
    )

    def __init__(self, *args: Any, licence: Licence, left: Iterable[Left], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.receivers = [party for party in licence.parties if party["role"] in RECEIVING]
        chooser = self.fields["consignee"]
        assert isinstance(chooser, forms.ChoiceField)
        chooser.choices = [
            (str(number), f"{party['name']}, {country_name(party['country'])}")
            for number, party in enumerate(self.receivers)
        ]
        members = self.fields["leaves_from"]
        assert isinstance(members, forms.ChoiceField)
        members.choices = [(code, country_name(code)) for code in licence.territory]
        self.lines: dict[str, int] = {}
        for one in left:
            name = f"line_{one.line.line}"
            self.lines[name] = one.line.line
            self.fields[name] = forms.DecimalField(
                label=one.line.description,
                help_text=_(
                    "%(left)s of %(licensed)s %(unit)s are left. Leave it empty where none is shipped."
                )
                % {
                    "left": f"{one.left.normalize():f}",
                    "licensed": f"{one.line.quantity.normalize():f}",
                    "unit": _unit(one.line.unit),
                },
                required=False,
                max_digits=15,
                decimal_places=3,
                widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "inputmode": "decimal"}),
            )
        self.groups = (  # type: ignore[misc]
            (gettext_lazy("What leaves"), tuple(self.lines)),
            (gettext_lazy("Where to, and when"), ("consignee", "leaves_from", "via", "planned_departure",
                                                  "planned_arrival")),
            (
                gettext_lazy("Who carries it"),
                ("carrier", "carrier_country", "vessel", "flag", "imo", "containers", "own_reference"),
            ),
        )  # fmt: skip

    def clean_via(self) -> list[str]:
        return [code.strip().upper() for code in self.cleaned_data["via"].split(",") if code.strip()]

    def clean_containers(self) -> list[str]:
        return typed.lines(self.cleaned_data["containers"])

    def arguments(self) -> dict[str, Any]:
        """What the service is given."""
        given = dict(self.cleaned_data)
        party = self.receivers[int(given["consignee"])]
        quantities = {number: given.pop(name) for name, number in self.lines.items()}
        return {
            **given,
            "consignee": party["name"],
            "destination": party["country"],
            "carrier_country": given["carrier_country"].upper(),
            "flag": given["flag"].upper(),
            "quantities": {number: amount for number, amount in quantities.items() if amount is not None},
        }

    def named(self, errors: dict[str, list[str]]) -> dict[str, list[str]]:
        """Put what the service names at the question that asks for it."""
        first = next(iter(self.lines))
        places = {"destination": "consignee", "quantities": first}
        places |= {f"quantities.{number}": name for name, number in self.lines.items()}
        found: dict[str, list[str]] = {}
        for name, told in errors.items():
            place = "containers" if name.startswith("containers[") else places.get(name, name)
            found.setdefault(place, []).extend(told)
        return found


class DeliveryForm(EntenteForm):
    delivered_on = DayField(label=gettext_lazy("Day of delivery"))
    delivered_time = forms.TimeField(
        label=gettext_lazy("Time of delivery"),
        input_formats=["%H:%M"],
        widget=forms.TimeInput(attrs={"class": "govuk-input--width-5"}, format="%H:%M"),
        error_messages={"invalid": gettext_lazy("Give hours and minutes, such as 14:30.")},
    )
    place = forms.CharField(
        label=gettext_lazy("Place"),
        help_text=gettext_lazy("Where it was handed over, such as a port and berth, or an address."),
        max_length=300,
    )
    signed_by = forms.CharField(
        label=gettext_lazy("Signed for you by"),
        help_text=gettext_lazy("The name of your own person who was there, or answers for it."),
        max_length=200,
    )
    third_party = forms.CharField(
        label=gettext_lazy("Organisation that signed"),
        help_text=gettext_lazy("Who received it or saw it arrive, and is not you."),
        max_length=300,
    )
    third_person = forms.CharField(label=gettext_lazy("Who signed there"), max_length=200)
    third_contact = forms.CharField(
        label=gettext_lazy("How they are reached"),
        help_text=gettext_lazy("E-mail or telephone: an officer may ask them."),
        max_length=200,
    )
    documents = FilesField(
        label=gettext_lazy("Photos and signed papers"),
        help_text=gettext_lazy(
            "PNG, JPEG or PDF, at most 20 MB each and ten in all. Each is kept with its SHA-256."
        ),
        required=False,
    )
    explanation = forms.CharField(
        label=gettext_lazy("Where less was received: where is the rest?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, shipment: Shipment, lines: Iterable[ShipmentLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["delivered_time"].help_text = _("Such as 14:30, in your time zone: %(zone)s.") % {
            "zone": timezone.get_current_timezone_name()
        }
        self.fields["documents"].required = bool(shipment.verification)
        if not shipment.verification:
            for name in ("third_party", "third_person", "third_contact"):
                self.fields[name].required = False
        self.lines: dict[str, int] = {}
        for row in lines:
            name = f"received_{row.licence_line.line}"
            self.lines[name] = row.licence_line.line
            self.fields[name] = forms.DecimalField(
                label=row.licence_line.description,
                help_text=_("Received, of %(shipped)s %(unit)s shipped.")
                % {"shipped": f"{row.quantity.normalize():f}", "unit": _unit(row.licence_line.unit)},
                max_digits=15,
                decimal_places=3,
                min_value=Decimal(0),
                widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "inputmode": "decimal"}),
            )
        self.groups = (  # type: ignore[misc]
            (gettext_lazy("What was received"), (*self.lines, "explanation")),
            (gettext_lazy("When and where"), ("delivered_on", "delivered_time", "place")),
            (gettext_lazy("Who signed"), ("signed_by", "third_party", "third_person", "third_contact")),
            (gettext_lazy("What shows it"), ("documents",)),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("delivered_on") and cleaned.get("delivered_time"):
            moment = datetime.combine(cleaned["delivered_on"], cleaned["delivered_time"])
            try:
                cleaned["delivered_at"] = timezone.make_aware(moment)
            except (OverflowError, ValueError) as error:
                raise ValidationError(_("Give a day and a time of this century.")) from error
        return cleaned

    def arguments(self) -> dict[str, Any]:
        """What the service is given."""
        given = self.cleaned_data
        return {
            "received": {number: given[name] for name, number in self.lines.items()},
            "delivered_at": given["delivered_at"],
            "place": given["place"],
            "signed_by": given["signed_by"],
            "third_party": ThirdParty(given["third_party"], given["third_person"], given["third_contact"]),
            "uploads": [Upload(one.name or "", one) for one in given["documents"]],
            "explanation": given["explanation"],
        }

    def named(self, errors: dict[str, list[str]]) -> dict[str, list[str]]:
        """Put what the service names at the question that asks for it."""
        places = {f"received.{number}": name for name, number in self.lines.items()}
        places["delivered_at"] = "delivered_on"
        return {places.get(name, name): told for name, told in errors.items()}


class CancelForm(EntenteForm):
    reason = forms.CharField(
        label=gettext_lazy("Why it does not leave"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class MonitorForm(EntenteForm):
    """Who is asked to confirm the delivery by a link, without an account."""

    person = forms.CharField(label=gettext_lazy("Name of the monitor"), max_length=200)
    organisation = forms.CharField(
        label=gettext_lazy("Organisation of the monitor"),
        help_text=gettext_lazy("Not your own: a third party that sees the goods arrive."),
        max_length=300,
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address of the monitor"),
        help_text=gettext_lazy("At that organisation. The link goes there, and only there."),
        max_length=200,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"invalid": gettext_lazy("Give an e-mail address, such as name@example.com.")},
    )
