"""Questions about waivers: what is lifted for whom, with which safeguards, and what is said of reports."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exemptions.models import Waiver
from licensing.dossier import UNITS
from pages.fields import DayField
from pages.forms import EntenteForm

CURRENCIES = ("EUR", "USD", "GBP", "JPY", "CAD", "AUD")


class WaiverForm(EntenteForm):
    groups = (
        (_("For whom and for what"), ("registration", "lifts", "control_codes", "destinations")),
        (_("Cap"), ("cap_of", "cap", "unit")),
        (_("Validity and reports"), ("first_day", "last_day", "report_every_days")),
        (_("Duties and reasons"), ("monitoring", "precondition", "reasons")),
    )
    registration = forms.CharField(
        label=_("Registration number of the exporter"),
        help_text=_("As your member's register has it."),
        max_length=50,
    )
    lifts = forms.MultipleChoiceField(
        label=_("Measures it lifts"),
        help_text=_(
            "A set may also suspend the licences issued under the waiver, unless that is lifted too."
        ),
        widget=forms.CheckboxSelectMultiple,
    )
    control_codes = forms.CharField(
        label=_("Items"),
        help_text=_(
            "Beginnings of control codes, separated by commas. All items of a case have to be among them."
        ),
        max_length=500,
    )
    destinations = forms.CharField(
        label=_("Destinations"),
        help_text=_("Country codes such as SG, separated by commas. All destinations have to be among them."),
        max_length=200,
    )
    cap_of = forms.ChoiceField(
        label=_("What is capped"), widget=forms.RadioSelect, choices=Waiver.Cap.choices
    )
    cap = forms.DecimalField(label=_("Cap"), max_digits=15, decimal_places=3)
    unit = forms.ChoiceField(
        label=_("Currency or unit"),
        choices=[
            ("", _("Choose")),
            *((one, one) for one in CURRENCIES),
            *((key, f"{name} ({key})") for key, name in UNITS.items()),
        ],
    )
    first_day = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"), help_text=_("No later than the last day of the measure."))
    report_every_days = forms.IntegerField(
        label=_("Days between reports"),
        help_text=_(
            "1 to 90. The last report is due on the last day; one that is missed suspends the waiver at once."
        ),
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )
    monitoring = forms.CharField(
        label=_("What the exporter has to watch at the end-user"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    precondition = forms.CharField(
        label=_("Precondition"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "none"}),
    )
    reasons = forms.CharField(label=_("Reasons"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, measures: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lifts"].choices = [(one.key, one.title) for one in measures]  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """Return what the service asks for, the exporter aside."""
        given = dict(self.cleaned_data)
        given.pop("registration")
        for name in ("control_codes", "destinations"):
            given[name] = [one for one in re.split(r"[\s,;]+", given[name].strip()) if one]
        given["destinations"] = [one.upper() for one in given["destinations"]]
        return given


class RemarkForm(EntenteForm):
    remark = forms.CharField(
        label=_("What you make of this report"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
