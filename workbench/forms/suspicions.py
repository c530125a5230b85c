"""The form on which a member says what it makes of a suspicious order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing.models import SuspiciousOrderReview
from members import selectors
from pages.forms import EntenteForm

Outcome = SuspiciousOrderReview.Outcome


class ReviewForm(EntenteForm):
    outcome = forms.ChoiceField(
        label=_("What your member makes of it"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what your member makes of it.")},
    )
    to = forms.MultipleChoiceField(
        label=_("Members that may read it"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Needed to pass it on or to close it. Officers of your member read it."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    reveals = {"outcome": {"passed_on": ["to"]}}
    choice_hints = {
        "outcome": {
            "noted": _("It leaves the work queue and goes on being shown on cases it bears on."),
            "passed_on": _("Further members read it. It cannot be taken back."),
            "closed": _("It is shown on cases no more."),
        }
    }

    def __init__(self, *args: Any, may_pass_on: bool, member: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("noted", _("Note it")), ("closed", _("Close it"))]
        if may_pass_on:
            choices.insert(1, ("passed_on", _("Pass it on to further members")))
            members = selectors.jurisdictions().exclude(code=member)
            self.fields["to"].choices = list(members.values_list("code", "name"))  # type: ignore[attr-defined]
        self.fields["outcome"].choices = choices  # type: ignore[attr-defined]
