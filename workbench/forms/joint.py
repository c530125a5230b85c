"""Questions about decisions that are to take effect together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.models import Declaration
from pages.fields import DayField
from pages.forms import EntenteForm

#: The questions of the form, by the arguments of the service that they give.
ASKED = {"takes_effect_at": "day", "declaration": "crisis"}


class JointEffectForm(EntenteForm):
    groups = (
        (_("Which cases"), ("crisis", "cases")),
        (_("At which instant, UTC"), ("day", "time")),
        (_("Why"), ("reason",)),
    )
    crisis = forms.ChoiceField(
        label=_("Crisis"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the crisis they are decided in.")},
    )
    cases = forms.CharField(
        label=_("Cases"),
        help_text=_("References of open cases in the crisis lane, such as EN-7K3M-9QX2, two or more."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=1000,
    )
    day = DayField(label=_("Day"), help_text=_("In UTC, within 72 hours."))
    time = forms.TimeField(
        label=_("Time"),
        help_text=_("In UTC, such as 12:00."),
        widget=forms.TimeInput(attrs={"class": "govuk-input--width-5"}, format="%H:%M"),
        input_formats=["%H:%M", "%H.%M"],
        error_messages={"invalid": _("Enter a time, such as 12:00.")},
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)

    def __init__(self, *args: Any, crises: Iterable[Declaration], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.crises = {one.reference: one for one in crises}
        found = self.fields["crisis"]
        assert isinstance(found, forms.ChoiceField)
        found.choices = [(key, f"{one.title} ({key})") for key, one in self.crises.items()]

    def arguments(self) -> dict[str, Any]:
        """Return the answers as the service takes them."""
        given = self.cleaned_data
        return {
            "declaration": self.crises[given["crisis"]],
            "cases": re.split(r"[,;\s]+", given["cases"]),
            "takes_effect_at": datetime.combine(given["day"], given["time"], tzinfo=UTC),
            "reason": given["reason"],
        }
