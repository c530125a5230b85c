"""Questions about guidance: whom it means and what it says, and answers to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from escalation.models import Guidance
from pages.fields import DayField
from pages.forms import EntenteForm

#: The questions of the form, by the arguments of the service that they give.
ASKED = {"valid_until": "last"}


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class GuidanceForm(EntenteForm):
    groups = (
        (_("What it asks for"), ("effect", "text", "legal_basis")),
        (_("Which cases it means"), ("items", "destinations", "parties")),
        (_("Until when"), ("last",)),
    )
    choice_hints = {
        "effect": {
            "deny": _("A grant waits until a decider of the lead has said why to depart from it."),
            "expedite": _("The case moves to the crisis lane with its charter, never past a hard stop."),
            "question": _("A grant waits until the lead has answered."),
        }
    }
    effect = forms.ChoiceField(
        label=_("Effect"),
        widget=forms.RadioSelect,
        choices=Guidance.Effect.choices,
        error_messages={"required": _("Choose what the notice asks for.")},
    )
    text = forms.CharField(label=_("Guidance"), widget=_lines(5), max_length=4000)
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=500)
    items = forms.CharField(
        label=_("Items"),
        help_text=_("Control codes or their beginnings, such as 3A001, 3A or 3, separated by commas."),
        required=False,
        max_length=1000,
    )
    destinations = forms.CharField(
        label=_("Destinations"),
        help_text=_("Country codes of where goods are received, such as AE, KZ, separated by commas."),
        required=False,
        max_length=300,
    )
    parties = forms.CharField(
        label=_("Parties"),
        help_text=_("A name on each line. Spelling and legal form make no difference."),
        widget=_lines(3),
        required=False,
        max_length=5000,
    )
    last = DayField(label=_("Last day"), help_text=_("It ends after this day in UTC; six months at most."))

    def arguments(self) -> dict[str, Any]:
        """Return the answers as the service takes them."""
        given = self.cleaned_data
        over = datetime.combine(given["last"] + timedelta(days=1), time(), tzinfo=UTC)
        return {
            **{name: given[name] for name in ("effect", "text", "legal_basis")},
            "items": re.split(r"[,;\s]+", given["items"]),
            "destinations": re.split(r"[,;\s]+", given["destinations"]),
            "parties": given["parties"].splitlines(),
            "valid_until": over,
        }


class AnswerForm(EntenteForm):
    text = forms.CharField(label=_("Answer"), widget=_lines(5), max_length=4000)

    def __init__(self, *args: Any, departs: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if departs:
            self.fields["text"].label = _("Why the lead departs from the guidance")
