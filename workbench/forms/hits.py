"""Judgements of hits, one and many, the filters of their queue, and the end of a cleared pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing.selectors.hits import GROUPS, Filters
from members.models import User
from pages.forms import EntenteForm
from screening.models import Hit
from screening.services import REMEMBER_MOST, REMEMBER_USUAL
from workbench.forms.queue import ANY


class ClearForm(EntenteForm):
    """Why it is another party, and whether the two are remembered for new cases."""

    reason = forms.CharField(
        label=_("How you know that it is another party"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        strip=True,
    )
    remember = forms.ChoiceField(
        label=_("Where it counts"),
        widget=forms.RadioSelect,
        choices=[
            ("", _("In this case only")),
            ("days", _("In this case and in new ones of my authority")),
        ],
        initial="",
        required=False,
    )
    remember_days = forms.IntegerField(
        label=_("For how many days"),
        min_value=1,
        max_value=REMEMBER_MOST,
        initial=REMEMBER_USUAL,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )

    all_optional = True  # but the reason: nothing else needs an answer
    reveals = {"remember": {"days": ["remember_days"]}}
    choice_hints = {"remember": {"days": _("Until the party or the entry changes, at most 730 days.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def answers(self) -> dict[str, Any]:
        """Return what the service takes."""
        return {
            "reason": self.cleaned_data["reason"],
            "remember_days": self.cleaned_data.get("remember_days"),
        }


class TickedForm(EntenteForm):
    """Hits ticked in the queue."""

    hits: forms.ModelMultipleChoiceField[Hit] = forms.ModelMultipleChoiceField(
        queryset=None,
        to_field_name="uid",
        error_messages={
            "required": _("Tick at least one hit."),
            "invalid_choice": _("A hit you ticked is not there any more."),
        },
        label=_("Hits"),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["hits"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = Hit.objects.visible_to(user)  # type: ignore[attr-defined]


class ClearTickedForm(TickedForm, ClearForm):
    """Hits ticked in the queue, cleared for one reason."""


class FilterForm(EntenteForm):
    all_optional = True

    list = forms.ChoiceField(label=_("List"), required=False)
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ANY,
            (Hit.Status.OPEN, _("To be judged")),
            (Hit.Status.UNSURE, _("Waits for information")),
            (Hit.Status.PROPOSED_CLEAR, _("Waits for a second officer")),
        ],
    )
    strong = forms.ChoiceField(
        label=_("Strength"), required=False, choices=[ANY, ("yes", _("Strong")), ("no", _("Not strong"))]
    )
    case = forms.CharField(label=_("Case"), required=False, max_length=40)
    by = forms.ChoiceField(
        label=_("Together by"),
        required=False,
        choices=[("", _("Nothing: strongest first")), *((key, label) for key, (label, _c) in GROUPS.items())],
    )

    def __init__(self, *args: Any, lists: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["list"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ANY, *lists.items()]

    def filters(self, group: str = "") -> Filters:
        """Return the filters asked for; an answer that is none of those offered is left out."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return Filters(**given, group=group[:200])


class PairFilterForm(EntenteForm):
    all_optional = True

    text = forms.CharField(label=_("Party, entry or list"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[ANY, ("standing", _("In force")), ("expired", _("Expired")), ("ended", _("Ended"))],
    )
