"""Questions about tokens for offices without a network, and about what was used there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.models import OfflineConflict
from enforcement.selectors import Left
from enforcement.services.offline_tokens import LONGEST
from enforcement.services.reconciliation import LONGEST as LONGEST_TOKEN
from enforcement.services.reconciliation import Told
from licensing.dossier import UNITS
from pages.fields import DayField
from pages.forms import EntenteForm
from workbench.forms.drawdown import quantity_field

MOST_LINES = 200


def _unit(**told: Any) -> forms.ChoiceField:
    choices = [(code, f"{name} ({code})") for code, name in UNITS.items()]
    return forms.ChoiceField(label=gettext_lazy("Unit"), choices=choices, **told)


class TokenForm(EntenteForm):
    line = forms.TypedChoiceField(label=gettext_lazy("Line of the licence"), coerce=int)
    quantity = quantity_field(gettext_lazy("Quantity"), gettext_lazy("It is reserved from now on."))
    unit = _unit()
    office = forms.CharField(
        label=gettext_lazy("Customs office"),
        help_text=gettext_lazy("Its code, such as DE004851. The token serves there alone."),
        max_length=10,
    )
    hours = forms.IntegerField(
        label=gettext_lazy("For how many hours"),
        help_text=gettext_lazy("At most %(most)s, as long as a border pack serves.") % {"most": LONGEST},
        min_value=1,
        max_value=LONGEST,
        initial=LONGEST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3"}),
    )

    def __init__(self, *args: Any, left: Sequence[Left], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].choices = [  # type: ignore[attr-defined]
            (one.line.line, f"{one.line.line}. {one.line.description}") for one in left
        ]
        if left:
            self.fields["unit"].initial = left[0].line.unit


class UseForm(EntenteForm):
    """One use. Without a token the licence is named, and its line and unit."""

    groups = (
        (gettext_lazy("What was shown"), ("token",)),
        (gettext_lazy("What left"), ("quantity", "used_on", "used_time", "office", "declaration")),
        (gettext_lazy("Only where no token was shown"), ("licence", "line", "unit")),
    )
    token = forms.CharField(
        label=gettext_lazy("Token"),
        help_text=gettext_lazy("Scan its code, or type its number such as OT-7K3M-9QX2."),
        max_length=LONGEST_TOKEN,
        required=False,
    )
    quantity = quantity_field(gettext_lazy("How much left"), gettext_lazy("In the unit of the token."))
    used_on = DayField(label=gettext_lazy("On which day"))
    used_time = forms.TimeField(
        label=gettext_lazy("At what time"),
        help_text=gettext_lazy("Of the office, such as 14:30."),
        input_formats=["%H:%M"],
        error_messages={"invalid": gettext_lazy("Give a time such as 14:30.")},
        widget=forms.TimeInput(format="%H:%M", attrs={"class": "govuk-input--width-5"}),
    )
    office = forms.CharField(
        label=gettext_lazy("Customs office"),
        help_text=gettext_lazy("Its code, such as DE004851."),
        max_length=10,
    )
    declaration = forms.CharField(
        label=gettext_lazy("Declaration"), help_text=gettext_lazy("MRN, or your own number."), max_length=35
    )
    licence = forms.CharField(label=gettext_lazy("Number of the licence"), max_length=30, required=False)
    line = forms.IntegerField(
        label=gettext_lazy("Line"),
        min_value=1,
        max_value=1000,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3"}),
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("Unit"),
        choices=[("", "–"), *((code, f"{name} ({code})") for code, name in UNITS.items())],
        required=False,
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def told(self) -> Told:
        given = self.cleaned_data
        at = datetime.combine(given["used_on"], given["used_time"], tzinfo=ZoneInfo(self.zone))
        return Told(
            given["quantity"], at, given["declaration"], given["office"], given["token"],
            given["licence"], given["line"] or 0, given["unit"],
        )  # fmt: skip

    #: Where the service names something that another question gives.
    named = {"used_at": "used_on"}


class BatchForm(EntenteForm):
    """Many uses of one office, a line each; every mistake names its line."""

    office = forms.CharField(
        label=gettext_lazy("Customs office"),
        help_text=gettext_lazy("Its code, such as DE004851."),
        max_length=10,
    )
    rows = forms.CharField(
        label=gettext_lazy("A use on each line"),
        help_text=gettext_lazy(
            "Token or its number; quantity; day and time of the office; declaration. Where no token was shown the "
            "first is empty, and licence, line and unit follow. For example: "
            "OT-7K3M-9QX2; 2; 2026-11-27 14:30; 26DE485112345678A1"
        ),
        max_length=MOST_LINES * (LONGEST_TOKEN + 200),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.numbers: list[int] = []  # the line on which each use stands

    def clean_rows(self) -> list[list[str]]:
        found, errors = [], []
        for number, row in enumerate(self.cleaned_data["rows"].splitlines(), 1):
            cells = [cell.strip() for cell in row.split(";")]
            if not any(cells):
                continue
            if not 4 <= len(cells) <= 7:
                errors.append(
                    _("Line %(number)s: give 4 to 7 parts, with ; between them.") % {"number": number}
                )
                continue
            self.numbers.append(number)
            found.append([*cells, "", "", ""][:7])
        if len(found) > MOST_LINES:
            errors.append(_("Give at most %(most)s lines at a time.") % {"most": MOST_LINES})
        if errors:
            raise ValidationError(errors)
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        told = []
        for number, row in zip(self.numbers, cleaned.get("rows", []), strict=False):
            try:
                told.append(self._told(row, cleaned.get("office", "")))
            except (ValueError, InvalidOperation) as wrong:
                self.add_error("rows", _("Line %(number)s: %(wrong)s") % {"number": number, "wrong": wrong})
        cleaned["told"] = told
        return cleaned

    def _told(self, row: list[str], office: str) -> Told:
        token, quantity, at, declaration, licence, line, unit = row
        try:
            amount = Decimal(quantity)
        except InvalidOperation:
            raise ValueError(_("give a quantity such as 12.5.")) from None
        try:
            instant = datetime.strptime(at, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(self.zone))
        except ValueError:
            raise ValueError(_("give day and time such as 2026-11-27 14:30.")) from None
        if line and not (line.isascii() and line.isdigit() and len(line) < 5):
            raise ValueError(_("give the line of the licence as a number."))
        return Told(amount, instant, declaration, office, token, licence, int(line or 0), unit)

    def named(self, errors: dict[str, list[str]]) -> dict[str, list[str]]:
        """Put what the service names by its place at the line that says it."""
        found: list[str] = []
        for path, texts in errors.items():
            place, _dot, name = path.rpartition(".")
            at = int(place.removeprefix("uses[").rstrip("]") or 0) if place else 0
            found += [
                _("Line %(number)s, %(name)s: %(text)s")
                % {"number": self.numbers[at], "name": name, "text": text}
                for text in texts
            ]
        return {"rows": found}


class ProposeForm(EntenteForm):
    proposal = forms.ChoiceField(
        label=gettext_lazy("What becomes of it"),
        choices=OfflineConflict.Proposal.choices,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class SettleForm(EntenteForm):
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
