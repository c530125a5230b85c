"""The question group in which emergency handling is asked for."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from pages.fields import DayInput
from portal.forms.dossier import YES_NO, SectionForm
from portal.forms.typed import said


def _day(typed: str) -> str:
    """Return a date as YYYY-MM-DD from what stands in three boxes; what is none stays as it was typed."""
    pieces = typed.split("-")
    if len(pieces) != 3 or not all(piece.strip().isdigit() for piece in pieces):
        return typed
    year, month, day = (piece.strip() for piece in pieces)
    return f"{year.zfill(4)}-{month.zfill(2)}-{day.zfill(2)}"


class EmergencyForm(SectionForm):
    section = "emergency"
    requested = forms.ChoiceField(
        label=_("Do you ask for emergency handling?"),
        help_text=_(
            "An officer answers on the same working day. A licence that comes of it is valid for 90 days at most "
            "and is not renewed. Whoever asks often is looked at more closely."
        ),
        required=False,
        widget=forms.RadioSelect,
        choices=YES_NO,
    )
    reason = forms.CharField(
        label=_("Why is it an emergency?"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    without_it = forms.CharField(
        label=_("What happens without it?"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    needed_by = forms.CharField(label=_("By which day is it needed?"), required=False, widget=DayInput)
    reveals: ClassVar[dict[str, dict[str, tuple[str, ...]]]] = {
        "requested": {"yes": ("reason", "without_it", "needed_by")}
    }

    @classmethod
    def initial_from(cls, value: dict[str, Any]) -> dict[str, Any]:
        texts = {name: value.get(name, "") for name in ("reason", "without_it", "needed_by")}
        return {"requested": said(value.get("requested")), **texts}

    def to_data(self) -> dict[str, Any]:
        got = self.cleaned_data
        if got["requested"] != "yes":
            return {"requested": False} if got["requested"] == "no" else {}
        return {
            "requested": True,
            "reason": got["reason"],
            "without_it": got["without_it"],
            "needed_by": _day(got["needed_by"]),
        }
