"""The form on which an officer seals a position for cases to come."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.cel import LONGEST
from alliance.library import library
from escalation.prepositions import KINDS, TRIGGERS
from licensing.models import Position
from pages.fields import DayField
from pages.forms import EntenteForm
from workbench.forms import conditions
from workbench.forms.positions import ObjectingForm


class PrepositionForm(ObjectingForm):
    """If a trigger has come and an expression is true, then a position."""

    field_order = ("trigger", "crisis", "expression", "kind")
    trigger = forms.ChoiceField(
        label=_("When does it open?"),
        widget=forms.RadioSelect,
        choices=list(TRIGGERS.items()),
        error_messages={"required": _("Choose what opens it.")},
    )
    crisis = forms.ChoiceField(
        label=_("Measure set that has to be declared"),
        choices=lambda: [
            ("", _("Choose a measure set")),
            *((one.set.key, f"{one.set.title} ({one.set.key})") for one in library()),
        ],
    )
    expression = forms.CharField(
        label=_("What has to be true of the case"),
        help_text=_(
            "An expression over the published facts, for example: "
            "'6A003' in control_codes && destinations.all(d, d in ['SG', 'JP']) && score < 40"
        ),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "none"}),
        error_messages={"required": _("Say on which facts it opens; true opens it always.")},
    )
    kind = forms.ChoiceField(
        label=_("Your position then"),
        widget=forms.RadioSelect,
        choices=[(kind.value, kind.label) for kind in KINDS],
        error_messages={"required": _("Choose a position.")},
    )
    valid_until = DayField(label=_("Valid until the end of"), help_text=_("Within twelve months."))

    groups = [
        (_("If"), ["trigger", "expression"]),
        (_("Then"), ["kind", "remark"]),
        (_("For how long"), ["valid_until"]),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        asked = conditions.fields([])
        self.base_fields = {**type(self).base_fields, **asked}  # type: ignore[misc]
        self.reveals = {  # type: ignore[misc]
            "trigger": {"crisis": ["crisis"]},
            "kind": {
                Position.Kind.OBJECT.value: ["binding", "reason_code", "legal_basis", "summary"],
                Position.Kind.CONDITIONS.value: list(asked),
            },
        }
        super().__init__(*args, **kwargs)
        self.fields["binding"].label = _("The objection binds the lead where the consultation lets it")
        self.fields["summary"].help_text = _(
            "Whoever may read the case reads this once it has opened. At least 20 characters."
        )

    def arguments(self) -> tuple[dict[str, Any], list[str]]:
        """Return what the service is called with, and the question each condition comes from."""
        given = self.cleaned_data
        found: dict[str, Any] = {
            "trigger": given["trigger"],
            "crisis": given.get("crisis") or "",
            "expression": given["expression"],
            "kind": given["kind"],
            "summary": given["remark"],
            "valid_until": given["valid_until"],
        }
        asked: list[str] = []
        if given["kind"] == Position.Kind.OBJECT:
            found |= self.grounds()
        elif given["kind"] == Position.Kind.CONDITIONS:
            found["conditions"], asked = conditions.read(given, [])
        return found, asked


class WithdrawForm(EntenteForm):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Only your own authority reads it. At least 10 characters."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
