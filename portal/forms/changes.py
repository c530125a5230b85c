"""What holders ask to have changed of a licence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing import amending
from licensing.amending import Present
from licensing.dossier import UNITS
from licensing.dossier.purpose import MODES
from licensing.models import Party
from pages.fields import DayField
from pages.forms import EntenteForm

MODE_NAMES = {
    "sea": _("Sea"),
    "air": _("Air"),
    "road": _("Road"),
    "rail": _("Rail"),
    "post": _("Post"),
    "electronic": _("Electronic transfer"),
}


def reason_field() -> forms.CharField:
    return forms.CharField(
        label=_("Why"),
        help_text=_("Who decides reads it. In 10 to 1,000 characters."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why in 10 to 1,000 characters: who decides reads it.")},
    )


class ExtendForm(EntenteForm):
    """Until when it should be valid, and why."""

    valid_until = DayField(label=_("Last day"))
    reason = reason_field()


class AmendForm(EntenteForm):
    """Every field of a licence that may be changed without a new application, as it stands."""

    all_optional = True

    def __init__(self, *args: Any, present: Present, **kwargs: Any) -> None:
        self.offered = amending.fields(present)
        super().__init__(*args, **kwargs)
        groups: dict[str, list[str]] = {}
        for number, (path, whose, label, said) in enumerate(self.offered):
            name = f"field_{number}"
            self.fields[name] = _field(path, label, said)
            groups.setdefault(_legend(present, path, whose), []).append(name)
        self.fields["reason"] = reason_field()
        self.groups = [*groups.items(), ("", ["reason"])]  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not self.errors and not self.wanted():
            raise forms.ValidationError(
                _("Nothing is changed yet: write over what the licence shall say otherwise.")
            )
        return cleaned

    def wanted(self) -> list[dict[str, str]]:
        """Return what is to be said anew."""
        return [
            {"path": path, "to": self.cleaned_data[f"field_{number}"]}
            for number, (path, _whose, _label, said) in enumerate(self.offered)
            if " ".join(self.cleaned_data[f"field_{number}"].split()) != said
        ]

    def placed(self, errors: dict[str, list[str]]) -> dict[str, list[str]]:
        """Put what is wrong with a change at its question."""
        names = {path: f"field_{number}" for number, (path, *_rest) in enumerate(self.offered)}
        asked = self.wanted()
        found: dict[str, list[str]] = {}
        for at, told in errors.items():
            if at.startswith("changes["):
                at = names[asked[int(at.partition("[")[2].partition("]")[0])]["path"]]
            found.setdefault(at, []).extend(told)
        return found


def _legend(present: Present, path: str, whose: str) -> str:
    number = int(path.partition("[")[2].partition("]")[0] or 0)
    if path.startswith("parties["):
        role = dict(Party.Role.choices).get(present.dossier["parties"][number].get("role"), "")
        return f"{role}: {whose}"
    line = next((one for one in present.lines if path.startswith("lines[") and one.line == number), None)
    if line is not None:
        return f"{whose}, {UNITS.get(line.unit, line.unit)}, {line.currency}"
    return whose or str(_("The licence"))


def _field(path: str, label: str, said: str) -> forms.Field:
    if path.endswith(".mode"):
        return forms.ChoiceField(
            label=label, choices=[(mode, MODE_NAMES[mode]) for mode in MODES], initial=said
        )
    short = path.endswith((".origin", ".destination", ".quantity", ".value"))
    widget = forms.TextInput(attrs={"class": "govuk-input--width-10"} if short else {})
    return forms.CharField(label=label, initial=said, required=False, max_length=500, widget=widget)
