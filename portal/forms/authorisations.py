"""What an exporter says of authorisations: which fits, what is undertaken, each use, and reports."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.instruments import Terms
from alliance.use_facts import PURPOSES
from core.errors import EntenteError
from exemptions.bench import Asked, Line, Party
from licensing.dossier import UNITS
from pages.fields import DayField
from pages.forms import EntenteForm

YES_NO = [("yes", _("Yes")), ("no", _("No"))]
LINES = 3  # a page asks for; the API takes more
LINE = ("description", "control_code", "hs_code", "quantity", "unit", "value")
PARTY = ("name", "address", "country")
ROLES = ("consignee", "end_user", "other")


class WhichForm(EntenteForm):
    """Which authorisation fits my goods and where they go?"""

    control_codes = forms.CharField(
        label=_("Control list codes"),
        max_length=200,
        help_text=_("With paragraphs where you know them, separated by commas: 6A003, 5A001.b.2."),
    )
    country = forms.CharField(
        label=_("Destination"), max_length=2, help_text=_("Two letters, for example KR."),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-4"}),
    )  # fmt: skip

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).strip().upper()

    def codes(self) -> list[str]:
        return [one for one in re.split(r"[,;\s]+", self.cleaned_data["control_codes"]) if one][:20]


class RegisterForm(EntenteForm):
    """What is undertaken by whoever registers; only what the authorisation asks for is asked."""

    undertakings = forms.MultipleChoiceField(
        label=_("You undertake"), widget=forms.CheckboxSelectMultiple, required=False
    )
    programme = forms.CharField(
        label=_("How your internal compliance programme works"),
        help_text=_(
            "Who is responsible, how orders are checked, how people are trained, when it was audited."
        ),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    document = forms.FileField(
        label=_("Proof of the programme"),
        required=False,
        help_text=_("PDF, PNG, JPEG, DOCX, XLSX, TXT or CSV, at most 20 MB."),
    )

    def __init__(self, *args: Any, terms: Terms, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["undertakings"].choices = [  # type: ignore[attr-defined]
            (one.key, one.sentence) for one in terms.undertakings
        ]
        if not terms.compliance_programme:
            del self.fields["programme"], self.fields["document"]


class ReportForm(EntenteForm):
    exports = forms.IntegerField(
        label=_("Exports in this period"),
        min_value=0,
        help_text=_("How many left under this authorisation; 0 where none did."),
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )
    found = forms.CharField(
        label=_("What is to be said of them"),
        help_text=_("To whom, in what condition they arrived, and anything that gives rise to doubt."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


def _line_fields(number: int) -> dict[str, forms.Field]:
    first = number == 1
    narrow = {"class": "govuk-input--width-10"}
    return {
        "description": forms.CharField(label=_("What is it?"), max_length=500, required=first),
        "control_code": forms.CharField(
            label=_("Control list code"), max_length=20, required=first,
            help_text=_("With its paragraph, for example 5A001.b.2."), widget=forms.TextInput(attrs=narrow),
        ),
        "hs_code": forms.CharField(
            label=_("HS code"), max_length=12, required=False, widget=forms.TextInput(attrs=narrow)
        ),
        "quantity": forms.DecimalField(
            label=_("Quantity"), max_digits=15, decimal_places=3, required=first,
            widget=forms.NumberInput(attrs=narrow),
        ),
        "unit": forms.ChoiceField(
            label=_("Unit"), required=first,
            choices=[("", _("Choose")), *((key, f"{name} ({key})") for key, name in UNITS.items())],
        ),
        "value": forms.DecimalField(
            label=_("Value"), max_digits=15, decimal_places=2, required=first,
            widget=forms.NumberInput(attrs=narrow),
        ),
    }  # fmt: skip


def _party_fields(required: bool) -> dict[str, forms.Field]:
    return {
        "name": forms.CharField(label=_("Full name"), max_length=200, required=required),
        "address": forms.CharField(label=_("Address"), max_length=400, required=required),
        "country": forms.CharField(
            label=_("Country"), max_length=2, required=required, help_text=_("Two letters, for example KR."),
            widget=forms.TextInput(attrs={"class": "govuk-input--width-4"}),
        ),
    }  # fmt: skip


class UseForm(EntenteForm):
    """One export under an authorisation; `use_form` makes it for the terms of one."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for number in range(2, LINES + 1):
            names = [f"{name}_{number}" for name in LINE]
            if any(cleaned.get(name) not in (None, "") for name in names):
                for name in names:
                    if (
                        not name.startswith("hs_code")
                        and cleaned.get(name) in (None, "")
                        and name not in self.errors
                    ):
                        self.add_error(name, _("Fill this in, or leave the whole item empty."))
        names = [f"other_{name}" for name in PARTY]
        if any(cleaned.get(name) for name in names):
            for name in names:
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Fill this in, or leave the whole party empty."))
        return cleaned

    def asked(self) -> Asked:
        """Return the use these answers make."""
        got = self.cleaned_data
        lines = [
            Line(**{name: got[f"{name}_{number}"] for name in LINE})
            for number in range(1, LINES + 1)
            if got[f"control_code_{number}"]
        ]
        same = got["end_user_same"] == "yes"
        parties = [
            self._party("consignee", "consignee"),
            self._party("end_user", "consignee" if same else "end_user"),
        ]
        if got["other_name"]:
            parties.append(self._party("other", "other"))
        return Asked(
            lines=tuple(lines),
            currency=got["currency"].strip().upper(),
            parties=tuple(parties),
            purpose=got["purpose"],
            end_use=got["end_use"],
            military_end_user=got["military_end_user"] == "yes",
            informed=got["informed"] == "yes",
            free_zone=got["free_zone"] == "yes",
            statements=tuple(got.get("statements", ())),
            statement_by=got.get("statement_by", ""),
            statement_on=got.get("statement_on"),
            own_reference=got["own_reference"],
        )

    def _party(self, role: str, answers: str) -> Party:
        got = self.cleaned_data
        return Party(role, *(got[f"{answers}_{name}"] for name in PARTY))

    def place(self, error: EntenteError) -> None:
        """Show each mistake the service found at its question; what has none is shown above the form."""
        same = self.cleaned_data.get("end_user_same") == "yes"
        for path, texts in error.fields.items():
            kind, _dot, rest = path.partition(".")
            number, _dot, field = rest.partition(".")
            name = path
            if kind == "lines" and field:
                name = f"{field}_{int(number) + 1}"
            elif kind == "parties" and field:
                role = ROLES[min(int(number), 2)]
                name = f"{'consignee' if same and role == 'end_user' else role}_{field}"
            for text in texts:
                if name not in self.fields or text not in self.errors.get(name, []):
                    self.add_error(name if name in self.fields else None, text)

    @classmethod
    def initial_of(cls, asked: Asked) -> dict[str, Any]:
        """Return the form's answers for a use that was declared before."""
        found: dict[str, Any] = {
            f"{name}_{number}": _shown(getattr(one, name))
            for number, one in enumerate(asked.lines[:LINES], 1)
            for name in LINE
        }
        by_role = {one.role: one for one in asked.parties}
        for role, party in by_role.items():
            found |= {f"{role}_{name}": getattr(party, name) for name in PARTY}
        consignee, user = by_role["consignee"], by_role["end_user"]
        same = (consignee.name, consignee.address, consignee.country) == (
            user.name,
            user.address,
            user.country,
        )
        yes = {True: "yes", False: "no"}
        return {
            **found,
            "currency": asked.currency,
            "end_user_same": yes[same],
            "purpose": asked.purpose,
            "end_use": asked.end_use,
            "military_end_user": yes[asked.military_end_user],
            "informed": yes[asked.informed],
            "free_zone": yes[asked.free_zone],
            "statements": list(asked.statements),
            "statement_by": asked.statement_by,
            "statement_on": asked.statement_on,
            "own_reference": asked.own_reference,
        }


def use_form(terms: Terms) -> type[UseForm]:
    """Return the form of a use: every question there is, and those of the terms."""
    fields: dict[str, Any] = {}
    for number in range(1, LINES + 1):
        fields.update({f"{name}_{number}": field for name, field in _line_fields(number).items()})
    fields["currency"] = forms.CharField(
        label=_("Currency of the values"), max_length=3, initial="EUR",
        widget=forms.TextInput(attrs={"class": "govuk-input--width-4"}),
    )  # fmt: skip
    for role in ROLES:
        found = _party_fields(role != "other")
        fields.update({f"{role}_{name}": field for name, field in found.items()})
    fields.update(_end_use_fields(), **_known_fields(terms))
    fields["own_reference"] = forms.CharField(
        label=_("Your own reference"),
        required=False,
        max_length=60,
        help_text=_("For example an order number."),
    )
    known = ["informed", "free_zone", "statements", "statement_by", "statement_on", "own_reference"]
    groups = (
        (_("First item"), [f"{name}_1" for name in LINE]),
        (_("Second item, if there is one"), [f"{name}_2" for name in LINE]),
        (_("Third item, if there is one"), [f"{name}_3" for name in LINE]),
        (_("Consignee"), [f"consignee_{name}" for name in PARTY]),
        (_("End-user"), ["end_user_same", "purpose", "end_use", "military_end_user"]),
        (_("Another party, such as a forwarder, if there is one"), [f"other_{name}" for name in PARTY]),
        (_("What you know and confirm"), [name for name in known if name in fields]),
    )
    groups[0][1].append("currency")
    reveals = {"end_user_same": {"no": [f"end_user_{name}" for name in PARTY]}}
    return type("UseForm", (UseForm,), {**fields, "groups": groups, "reveals": reveals})


def _yes_or_no(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=YES_NO, widget=forms.RadioSelect)


def _end_use_fields() -> dict[str, Any]:
    return {
        "end_user_same": _yes_or_no(_("Is the consignee the end-user?")),
        "purpose": forms.ChoiceField(
            label=_("What is the export for?"), choices=[("", _("Choose")), *PURPOSES.items()]
        ),
        "end_use": forms.CharField(
            label=_("What does the end-user do with the goods?"),
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 4}),
            help_text=_("Name the process, machine or project, in at least 30 characters."),
        ),
        "military_end_user": _yes_or_no(_("Is the end-user military, security or intelligence?")),
    }


def _known_fields(terms: Terms) -> dict[str, Any]:
    found: dict[str, Any] = {
        "informed": _yes_or_no(
            _(
                "Have you been informed by an authority, or do you know, of a use for weapons of mass "
                "destruction or for a military purpose in a country under an arms embargo?"
            )
        ),
        "free_zone": _yes_or_no(_("Do the goods go to a customs-free zone or a free warehouse?")),
    }
    if terms.statements:
        found["statements"] = forms.MultipleChoiceField(
            label=_("What you confirm for this export"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[(one.key, one.sentence) for one in terms.statements],
        )
    if terms.consignee_statement:
        found["statement_by"] = forms.CharField(
            label=_("Who signed the consignee's statement?"),
            max_length=200,
            help_text=_("Name and function. Keep the statement for five years."),
        )
        found["statement_on"] = DayField(label=_("When was it signed?"))
    return found


def _shown(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value
