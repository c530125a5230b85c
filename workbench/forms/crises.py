"""Forms of crises: declaring one, the acts on one, and the library of measures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.library import Prepared
from alliance.scenarios import Scenario
from pages.fields import DayField
from pages.forms import EntenteForm

SEPARATED = re.compile(r"[\s,;]+")


class WordsField(forms.CharField):
    """Codes typed one after the other, with commas or spaces between; cleaned to a list."""

    def __init__(self, *, upper: bool = False, **kwargs: Any) -> None:
        self.upper = upper
        super().__init__(required=False, max_length=2000, **kwargs)

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        words = [word for word in SEPARATED.split(text) if word]
        return list(dict.fromkeys(word.upper() if self.upper else word for word in words))


class DeclareForm(EntenteForm):
    """`set` and `scenario` are choices of what is in force."""

    set = forms.ChoiceField(label=gettext_lazy("Prepared measures"))
    title = forms.CharField(label=gettext_lazy("What the crisis is called"), max_length=200)
    objective = forms.CharField(
        label=gettext_lazy("Objective"),
        help_text=gettext_lazy("The review and the exit are held against it."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    legal_basis = forms.CharField(label=gettext_lazy("Legal basis"), max_length=500)
    scenario = forms.ChoiceField(
        label=gettext_lazy("Scenario"),
        help_text=gettext_lazy("It changes only the parameters shown with it."),
        required=False,
    )
    destinations = WordsField(
        label=gettext_lazy("Only these destinations"),
        help_text=gettext_lazy("Country codes such as LT, LV. Empty: all that the measures name."),
        upper=True,
    )
    control_codes = WordsField(
        label=gettext_lazy("Only these control codes"),
        help_text=gettext_lazy("Beginnings such as 3A or 5A002. Empty: all that the measures name."),
    )
    parties = WordsField(
        label=gettext_lazy("Only these parties"),
        help_text=gettext_lazy("Identifiers of shared parties. Empty: all."),
    )
    grounds = forms.MultipleChoiceField(
        label=gettext_lazy("Only these grounds"),
        required=False,
        choices=[
            ("none", gettext_lazy("No ground claimed")),
            ("crisis", gettext_lazy("Crisis")),
            ("humanitarian", gettext_lazy("Humanitarian")),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    effect_day = DayField(
        label=gettext_lazy("Day on which the measures begin in all members, UTC"),
        help_text=gettext_lazy("Within 72 hours. Empty: with the second key."),
        required=False,
    )
    effect_time = forms.TimeField(
        label=gettext_lazy("Time at which they begin, UTC"),
        help_text=gettext_lazy("Such as 12:00."),
        widget=forms.TimeInput(attrs={"class": "govuk-input--width-5"}, format="%H:%M"),
        input_formats=["%H:%M", "%H.%M"],
        error_messages={"invalid": gettext_lazy("Enter a time, such as 12:00.")},
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        day, time = given.get("effect_day"), given.get("effect_time")
        if day and not time and "effect_time" not in self.errors:
            self.add_error("effect_time", _("Enter the time as well, or neither."))
        if time and not day and "effect_day" not in self.errors:
            self.add_error("effect_day", _("Enter the day as well, or neither."))
        return given

    def __init__(
        self, *args: Any, library: Iterable[Prepared], scenarios: Iterable[Scenario], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["set"].choices = [  # type: ignore[attr-defined]
            (one.set.key, f"{one.set.title} ({one.set.version})") for one in library
        ]
        self.fields["scenario"].choices = [  # type: ignore[attr-defined]
            ("", _("That of the measures")),
            *((one.key, one.title) for one in scenarios),
        ]

    def arguments(self) -> dict[str, Any]:
        """Return the answers as the service takes them."""
        given = self.cleaned_data
        scope = {name: given[name] for name in ("control_codes", "destinations", "parties", "grounds")}
        return {
            "set_key": given["set"],
            **{name: given[name] for name in ("title", "objective", "legal_basis", "scenario")},
            "scope": {name: values for name, values in scope.items() if values},
            "takes_effect_at": (
                datetime.combine(given["effect_day"], given["effect_time"], tzinfo=UTC)
                if given["effect_day"]
                else None
            ),
        }


class ReasonForm(EntenteForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class LawForm(EntenteForm):
    legal_reference = forms.CharField(
        label=gettext_lazy("National instrument"),
        help_text=gettext_lazy(
            "The law or order by which your member adopts, such as Order 7/2026, section 2."
        ),
        max_length=300,
    )


class ReviewForm(EntenteForm):
    findings = forms.CharField(
        label=gettext_lazy("What you make of it"),
        help_text=gettext_lazy(
            "Whether the objectives were reached, what speaks against that reading, and what follows. The figures"
            " of this moment are kept with it."
        ),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class RenewalForm(EntenteForm):
    findings = forms.CharField(
        label=gettext_lazy("Why the measures are still needed"),
        help_text=gettext_lazy("What the last review of them, which is kept with the proposal, says for it."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    last_day = DayField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("After the present sunset, within six months from today."),
    )


class PressForm(EntenteForm):
    """An act that asks nothing more."""
