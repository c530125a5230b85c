"""Questions about deputies, shifts and members that are offline."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from members.models import Jurisdiction, Shift, User
from pages.fields import DayField
from pages.forms import EntenteForm


def _choose(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows


def first_instant(day: date, zone: str) -> datetime:
    """Return when a local day begins."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def last_instant(day: date, zone: str) -> datetime:
    """Return when a local day is over."""
    return first_instant(day + timedelta(days=1), zone)


def officer_field(label: Any) -> Any:
    return forms.ModelChoiceField(
        label=label,
        queryset=None,
        to_field_name="uid",
        empty_label=_("Choose an officer"),
        error_messages={"required": _("Choose an officer."), "invalid_choice": _("Choose an officer.")},
    )


def _time() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time", "class": "govuk-input--width-5"}, format="%H:%M")


class DelegationForm(EntenteForm):
    person = officer_field(_("Who is away"))
    deputy = officer_field(_("Deputy"))
    first = DayField(label=_("First day"))
    last = DayField(label=_("Last day"))

    def __init__(self, *args: Any, people: QuerySet[User], deputies: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "person", people)
        _choose(self, "deputy", deputies)

    def arguments(self, zone: str) -> dict[str, Any]:
        """Return the answers as the service takes them: whole days in a zone."""
        given = self.cleaned_data
        return {
            "person": given["person"],
            "deputy": given["deputy"],
            "starts_at": first_instant(given["first"], zone),
            "ends_at": last_instant(given["last"], zone),
        }


class ShiftForm(EntenteForm):
    person = officer_field(_("Officer"))
    post = forms.ChoiceField(
        label=_("On duty for"),
        choices=Shift.Post.choices,
        required=False,
        help_text=_("The posts of the humanitarian lane are for its adjudicators."),
    )
    day = DayField(label=_("Day"))
    start = forms.TimeField(label=_("From"), widget=_time())
    end = forms.TimeField(
        label=_("To"), help_text=_("At or before the start: on the next day."), widget=_time()
    )
    until = DayField(label=_("Each day until"), help_text=_("Leave it empty for one day."), required=False)

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "person", people)


class OfflineForm(EntenteForm):
    jurisdiction: forms.ModelChoiceField[Jurisdiction] = forms.ModelChoiceField(
        label=_("Member"), queryset=None, empty_label=_("Choose a member")
    )
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("The officers of all members read it."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    last = DayField(label=_("Last day"), help_text=_("It ends by itself after this day, or earlier by hand."))

    def __init__(self, *args: Any, members: QuerySet[Jurisdiction], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "jurisdiction", members)

    def arguments(self) -> dict[str, Any]:
        """Return the answers as the service takes them: until the day is over where the member is."""
        given = self.cleaned_data
        member = given["jurisdiction"]
        return {
            "jurisdiction": member,
            "reason": given["reason"],
            "until": last_instant(given["last"], member.timezone),
        }
