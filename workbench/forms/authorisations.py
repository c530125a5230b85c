"""What officers say of authorisations: what is granted under a template, bars, and uses that wait."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from exemptions.models import Authorisation
from licensing.dossier import UNITS
from pages.fields import DayField
from pages.forms import EntenteForm
from workbench.forms.waivers import CURRENCIES


class BoundsForm(EntenteForm):
    """What a template may be used for. `bound` names what it is bound to: a crisis or an exporter."""

    groups = (
        (_("For whom and for what"), ("bound", "control_codes", "destinations", "recipients")),
        (_("Cap of all uses together"), ("cap_of", "cap", "unit")),
        (_("Validity and reports"), ("first_day", "last_day", "report_every_days")),
        (_("Reasons"), ("reasons",)),
    )
    bound = forms.CharField(max_length=50)
    control_codes = forms.CharField(
        label=_("Items"), help_text=_("Beginnings of control codes, separated by commas."), max_length=500
    )
    destinations = forms.CharField(
        label=_("Destinations"),
        help_text=_("Country codes such as KR, separated by commas."),
        max_length=200,
    )
    recipients = forms.CharField(
        label=_("Recipients"),
        help_text=_("Full names of consignees and end-users, one a line. Nobody else receives the goods."),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    cap_of = forms.ChoiceField(
        label=_("What is capped"), widget=forms.RadioSelect, choices=Authorisation.Cap.choices
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
    last_day = DayField(label=_("Last day"))
    report_every_days = forms.IntegerField(
        label=_("Days between reports"),
        help_text=_("One that is missed suspends the exporter's registration at once."),
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )
    reasons = forms.CharField(label=_("Reasons"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, crises: list[tuple[str, str]] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if crises is None:
            self.fields["bound"].label = _("Registration number of the exporter")
            self.fields["bound"].help_text = _("As your member's register has it.")
        else:
            self.fields["bound"] = forms.ChoiceField(label=_("Crisis"), choices=[("", _("Choose")), *crises])

    def arguments(self) -> dict[str, Any]:
        """Return what the service asks for, the crisis or exporter aside."""
        given = dict(self.cleaned_data)
        given.pop("bound")
        for name in ("control_codes", "destinations"):
            given[name] = [one for one in re.split(r"[\s,;]+", given[name].strip()) if one]
        given["destinations"] = [one.upper() for one in given["destinations"]]
        given["recipients"] = [one.strip() for one in given["recipients"].splitlines() if one.strip()]
        return given


class BarForm(EntenteForm):
    """Barring an exporter (Regulation (EU) 2021/821, Article 12(7))."""

    reveals: ClassVar[Mapping[str, Mapping[str, Any]]] = {"told": {"no": ["why_untold"]}}
    keys = forms.MultipleChoiceField(
        label=_("From which authorisations"),
        help_text=_("None chosen: from all of them."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        label=_("On what suspicion"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    told = forms.ChoiceField(
        label=_("Are the other members told?"),
        choices=[("yes", _("Yes")), ("no", _("No: it has no bearing on them"))],
        widget=forms.RadioSelect,
        initial="yes",
    )
    why_untold = forms.CharField(
        label=_("Why it has no bearing on them"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, keys: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keys"].choices = keys  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {**given, "told": given["told"] == "yes"}
