"""One form per question group of the dossier, to and from its JSON.

Nothing is required here: a draft may be incomplete. What is missing or wrong is told by `licensing.dossier`,
whose paths these forms map to their fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from exemptions import guiding
from licensing import dossier as dossiers
from licensing.dossier import PAYMENTS, UNDERTAKINGS, Deficiency
from pages.fields import DayInput
from pages.forms import EntenteForm
from portal.forms import typed

UNSEEN_CHOICES = ("bad_choice", "bad_unit")  # deficiencies whose message lists codes, for systems
YES_NO = [("yes", _("Yes")), ("no", _("No"))]
Wide = forms.Textarea(attrs={"rows": 6})


class SectionForm(EntenteForm):
    """A question group; `prefixes` are the paths of the dossier it answers for."""

    all_optional = True
    section: ClassVar[str] = ""
    renamed: ClassVar[dict[str, str]] = {}  # path inside the section -> field
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @classmethod
    def initial_from(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Return the form's initial values for a section of a dossier."""
        return dict(value)

    def to_data(self) -> dict[str, Any]:
        """Return the section of the dossier these answers make."""
        return dict(self.cleaned_data)

    def place(self, deficiencies: Iterable[Deficiency], path: str) -> None:
        """Show each deficiency at its field; what fits none is shown above the form."""
        for item in deficiencies:
            name = self.field_of(item, path)
            self.add_error(name if name in self.fields else None, told(item))

    @classmethod
    def field_of(cls, item: Deficiency, path: str) -> str:
        """Return the name of the field that a deficiency below a path concerns, if the form has one."""
        inner = item.path.removeprefix(path).lstrip(".")
        return cls.renamed.get(inner, inner.split(".")[0].split("[")[0])


def told(item: Deficiency) -> str:
    """Return what is to be mended, in the words of a page: there the answers to choose from are seen."""
    return str(_("Choose one of the answers offered.")) if item.code in UNSEEN_CHOICES else item.message


class AboutForm(SectionForm):
    title = forms.CharField(
        label=_("What is this application for?"), required=False, max_length=200,
        help_text=_("A short title that you and the officers will recognise."),
    )  # fmt: skip
    own_reference = forms.CharField(
        label=_("Your own reference"),
        required=False,
        max_length=60,
        help_text=_("For example an order number."),
    )

    @classmethod
    def initial_from(cls, value: dict[str, Any]) -> dict[str, Any]:
        return {"title": value.get("title", ""), "own_reference": value.get("own_reference", "")}

    def to_data(self) -> dict[str, Any]:
        return {"title": self.cleaned_data["title"], "own_reference": self.cleaned_data["own_reference"]}


class ItemForm(SectionForm):
    section = "items"
    description = forms.CharField(label=_("Description"), required=False, max_length=500)
    control_code = forms.CharField(
        label=_("Control list code"), required=False, max_length=20,
        help_text=_("For example 3A001. Leave empty to ask for the item to be classified."),
    )  # fmt: skip
    classification_requested = forms.BooleanField(
        label=_("I do not know the code: please classify this item"), required=False
    )
    hs_code = forms.CharField(
        label=_("HS code"),
        required=False,
        max_length=10,
        help_text=_("6, 8 or 10 digits of the customs tariff."),
    )
    quantity = forms.CharField(label=_("Quantity"), required=False, max_length=20)
    unit = forms.ChoiceField(
        label=_("Unit"),
        required=False,
        choices=[("", "")] + [(k, f"{v} ({k})") for k, v in dossiers.UNITS.items()],
    )
    value = forms.CharField(
        label=_("Total value"), required=False, max_length=20, help_text=_("For example 1200.00.")
    )
    currency = forms.CharField(
        label=_("Currency"), required=False, max_length=3, help_text=_("Three letters, for example EUR.")
    )
    serial_numbers = forms.CharField(
        label=_("Serial numbers"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("If there are any, one on each line."),
    )  # fmt: skip
    components_from = forms.CharField(
        label=_("Countries that supplied controlled components"), required=False,
        help_text=_("Two-letter codes, for example US JP. Those members are consulted."),
    )  # fmt: skip

    @classmethod
    def initial_from(cls, value: dict[str, Any]) -> dict[str, Any]:
        return {
            **{key: entry for key, entry in value.items() if isinstance(entry, str | bool)},
            "serial_numbers": "\n".join(map(str, value.get("serial_numbers") or [])),
            "components_from": " ".join(map(str, value.get("components_from") or [])),
        }

    def to_data(self) -> dict[str, Any]:
        got = self.cleaned_data
        return {
            "description": got["description"],
            "control_code": got["control_code"].strip().upper(),
            "classification_requested": got["classification_requested"],
            "hs_code": got["hs_code"].replace(" ", "").replace(".", ""),
            "quantity": got["quantity"].replace(",", ""),
            "unit": got["unit"],
            "value": got["value"].replace(",", ""),
            "currency": got["currency"].upper(),
            "serial_numbers": typed.lines(got["serial_numbers"]),
            "components_from": typed.codes(got["components_from"]),
        }


ROLE_LABELS = {
    "consignee": _("Consignee: receives the goods"),
    "end_user": _("End-user: uses the goods"),
    "intermediary": _("Intermediary: agent, broker or distributor"),
    "purchaser": _("Purchaser: buys but does not receive them"),
    "carrier": _("Carrier or freight forwarder"),
    "owner": _("Owner: holds a share in another party"),
}
KIND_LABELS = {"company": _("Organisation"), "person": _("Person"), "vessel": _("Vessel")}


class PartyForm(SectionForm):
    section = "parties"
    role = forms.ChoiceField(
        label=_("What do they do?"),
        required=False,
        widget=forms.RadioSelect,
        choices=list(ROLE_LABELS.items()),
    )
    kind = forms.ChoiceField(
        label=_("What are they?"), required=False, widget=forms.RadioSelect, choices=list(KIND_LABELS.items())
    )
    owns = forms.CharField(
        label=_("Which party do they own?"), required=False, max_length=300,
        help_text=_("For an owner only: the name of the other party as you gave it."),
    )  # fmt: skip
    share = forms.CharField(
        label=_("How much of it, in percent?"), required=False, max_length=10,
        help_text=_("For an owner only, for example 33.5."),
    )  # fmt: skip
    name = forms.CharField(label=_("Full name"), required=False, max_length=300)
    aliases = forms.CharField(
        label=_("Other names they use"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("If any, one on each line."),
    )  # fmt: skip
    address = forms.CharField(
        label=_("Address"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    country = forms.CharField(
        label=_("Country"), required=False, max_length=2, help_text=_("Two letters, for example SG.")
    )
    lei = forms.CharField(
        label=_("LEI"), required=False, max_length=60, help_text=_("20 characters, if they have one.")
    )
    vat = forms.CharField(label=_("VAT number"), required=False, max_length=60)
    imo = forms.CharField(label=_("IMO ship number"), required=False, max_length=60)
    eori = forms.CharField(
        label=_("EORI number"), required=False, max_length=60, help_text=_("For example DE1234567.")
    )
    registration = forms.CharField(label=_("Company registration number"), required=False, max_length=60)
    website = forms.CharField(
        label=_("Website"), required=False, max_length=200, help_text=_("For example https://example.org")
    )
    incorporated_on = forms.CharField(label=_("When were they founded?"), required=False, widget=DayInput)

    @classmethod
    def initial_from(cls, value: dict[str, Any]) -> dict[str, Any]:
        numbers = {
            str(entry.get("scheme")): entry.get("value")
            for entry in value.get("identifiers") or []
            if isinstance(entry, dict)
        }
        return {
            **{key: entry for key, entry in value.items() if isinstance(entry, str)},
            **{scheme: numbers.get(scheme, "") for scheme in dossiers.IDENTIFIERS},
            "aliases": "\n".join(map(str, value.get("aliases") or [])),
        }

    def to_data(self) -> dict[str, Any]:
        got = self.cleaned_data
        founded = got["incorporated_on"]
        if founded:
            founded = "-".join(part.zfill(2) for part in founded.split("-"))
        self.schemes = [scheme for scheme in dossiers.IDENTIFIERS if got[scheme].strip()]
        return {
            "role": got["role"],
            "kind": got["kind"],
            "name": got["name"],
            "aliases": typed.lines(got["aliases"]),
            "address": got["address"],
            "country": got["country"].upper(),
            "identifiers": [{"scheme": s, "value": got[s].strip()} for s in self.schemes],
            "website": got["website"],
            "incorporated_on": founded,
            **(
                {"owns": got["owns"].strip(), "share": typed.share(got["share"])}
                if got["role"] == "owner"
                else {}
            ),
        }

    def place(self, deficiencies: Iterable[Deficiency], path: str) -> None:
        """Identifiers have a field each."""
        rest = []
        for item in deficiencies:
            inner = item.path.removeprefix(path).lstrip(".")
            if inner.startswith("identifiers["):
                number = int(inner[len("identifiers[") :].partition("]")[0])
                self.add_error(self.schemes[number], item.message)
            else:
                rest.append(item)
        super().place(rest, path)


class EndUseForm(SectionForm):
    section = "end_use"
    site = forms.CharField(
        label=_("Where exactly will the goods be used?"), required=False, max_length=500,
        help_text=_("Name the site, building or vessel, not only the town."),
    )  # fmt: skip
    site_country = forms.CharField(
        label=_("Country of that site"),
        required=False,
        max_length=2,
        help_text=_("Two letters, for example SG."),
    )
    site_area = forms.ChoiceField(
        label=_("Area of that country"), required=False,
        help_text=_("Only for countries in which areas are told apart as destinations of aid."),
    )  # fmt: skip
    purpose = forms.CharField(
        label=_("What will they be used for?"), required=False, max_length=4000, widget=Wide,
        help_text=_("Say what is done with the goods and for what result. “Industrial use” is not enough."),
    )  # fmt: skip
    undertakings = forms.MultipleChoiceField(
        label=_("What has the end-user undertaken in writing?"), required=False,
        widget=forms.CheckboxSelectMultiple, choices=list(UNDERTAKINGS.items()),
    )  # fmt: skip
    military_end_user = forms.ChoiceField(
        label=_("Is the end-user military, security or intelligence?"), required=False,
        widget=forms.RadioSelect, choices=YES_NO,
    )  # fmt: skip
    prohibited_end_use = forms.ChoiceField(
        label=_("Do you know or suspect a use in weapons of mass destruction, or a military use under embargo?"),
        required=False, widget=forms.RadioSelect, choices=YES_NO,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An area that is not told apart may still be in the dossier; whether it fits, the dossier says.
        said = {str(self.data.get("site_area") or ""), str(self.initial.get("site_area") or "")}
        listed = [("", _("Does not apply")), *guiding.areas()]
        strange = sorted(said - {code for code, _name in listed})
        self.fields["site_area"].choices = [*listed, *((code, code) for code in strange)]  # type: ignore[attr-defined]

    @classmethod
    def initial_from(cls, value: dict[str, Any]) -> dict[str, Any]:
        return {
            **{key: value.get(key, "") for key in ("site", "site_country", "site_area", "purpose")},
            "undertakings": value.get("undertakings") or [],
            "military_end_user": typed.said(value.get("military_end_user")),
            "prohibited_end_use": typed.said(value.get("prohibited_end_use")),
        }

    def to_data(self) -> dict[str, Any]:
        got = self.cleaned_data
        return {
            "site": got["site"],
            "site_country": got["site_country"].upper(),
            **({"site_area": got["site_area"]} if got["site_area"] or self.initial.get("site_area") else {}),
            "purpose": got["purpose"],
            "undertakings": list(got["undertakings"]),
            "military_end_user": typed.yes(got["military_end_user"]),
            "prohibited_end_use": typed.yes(got["prohibited_end_use"]),
        }


MODE_LABELS = {
    "sea": _("sea"), "air": _("air"), "road": _("road"), "rail": _("rail"), "post": _("post"),
    "electronic": _("electronic transfer"),
}  # fmt: skip


class RouteForm(SectionForm):
    section = "route"
    renamed: ClassVar[dict[str, str]] = {}
    goods_location = forms.CharField(
        label=_("In which country are the goods now?"), required=False, max_length=2,
        help_text=_("Two letters, for example FR."),
    )  # fmt: skip
    legs = forms.CharField(
        label=_("Legs of the route"), required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "One leg on each line: from, to and means, with UN/LOCODE places. For example "
            "“FRLEH SGSIN sea”. Means: sea, air, road, rail, post or electronic."
        ),
    )  # fmt: skip

    @classmethod
    def initial_from(cls, value: dict[str, Any]) -> dict[str, Any]:
        legs = [leg for leg in value.get("legs") or [] if isinstance(leg, dict)]
        return {
            "goods_location": value.get("goods_location", ""),
            "legs": "\n".join(
                f"{leg.get('origin', '')} {leg.get('destination', '')} {leg.get('mode', '')}".strip()
                for leg in legs
            ),
        }

    def to_data(self) -> dict[str, Any]:
        legs = []
        for line in typed.lines(self.cleaned_data["legs"]):
            words = [*line.split(), "", "", ""]
            legs.append(
                {"origin": words[0].upper(), "destination": words[1].upper(), "mode": words[2].lower()}
            )
        return {"goods_location": self.cleaned_data["goods_location"].upper(), "legs": legs}

    def place(self, deficiencies: Iterable[Deficiency], path: str) -> None:
        """Say on which line a leg is wrong."""
        for item in deficiencies:
            inner = item.path.removeprefix(path).lstrip(".")
            if inner.startswith("legs["):
                line = int(inner[5:].partition("]")[0]) + 1
                self.add_error("legs", _("Line %(line)s: %(what)s") % {"line": line, "what": item.message})
            else:
                self.add_error("legs" if inner == "legs" else "goods_location", item.message)


class CommercialForm(SectionForm):
    section = "commercial"
    payment = forms.ChoiceField(
        label=_("How is it paid?"),
        required=False,
        widget=forms.RadioSelect,
        choices=list(PAYMENTS.items()),
    )
    third_party_payer = forms.ChoiceField(
        label=_("Does anyone pay who is not a party of this application?"), required=False,
        widget=forms.RadioSelect, choices=YES_NO,
    )  # fmt: skip

    @classmethod
    def initial_from(cls, value: dict[str, Any]) -> dict[str, Any]:
        return {
            "payment": value.get("payment", ""),
            "third_party_payer": typed.said(value.get("third_party_payer")),
        }

    def to_data(self) -> dict[str, Any]:
        return {
            "payment": self.cleaned_data["payment"],
            "third_party_payer": typed.yes(self.cleaned_data["third_party_payer"]),
        }


class DeclarationForm(SectionForm):
    section = "declaration"
    name = forms.CharField(label=_("Your full name"), required=False, max_length=150)
    capacity = forms.CharField(
        label=_("In which capacity do you sign?"), required=False, max_length=150,
        help_text=_("For example: export control manager."),
    )  # fmt: skip
    accepted = forms.BooleanField(
        label=_("What I have stated is true and complete, and I will report any change."), required=False
    )

    def to_data(self) -> dict[str, Any]:
        got = self.cleaned_data
        return {"name": got["name"], "capacity": got["capacity"], "accepted": got["accepted"]}
