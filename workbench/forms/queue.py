"""Filters of the queue, and the allocation of several cases at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing.models import Case
from licensing.selectors.queue import BANDS, DUE, LANES, Filters
from members.models import User
from pages.forms import EntenteForm
from workbench.forms.cases import OfficerChoice

ANY = ("", _("Any"))


class FilterForm(EntenteForm):
    all_optional = True

    text = forms.CharField(label=_("Reference, exporter or party"), required=False, max_length=100)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[ANY, *Case.Status.choices])
    lane = forms.ChoiceField(label=_("Lane"), required=False, choices=[ANY, *LANES.items()])
    band = forms.ChoiceField(label=_("Risk band"), required=False, choices=[ANY, *BANDS.items()])
    due = forms.ChoiceField(label=_("Next due"), required=False, choices=[ANY, *DUE.items()])
    claimed = forms.ChoiceField(
        label=_("Claimed"), required=False, choices=[ANY, ("me", _("By me")), ("nobody", _("By nobody"))]
    )

    def filters(self) -> Filters:
        """Return the filters asked for; an answer that is none of those offered is left out."""
        self.is_valid()
        return Filters(**{name: value for name, value in self.cleaned_data.items() if value})


class AllocateForm(EntenteForm):
    """Cases ticked in the queue, and who gets them."""

    cases: forms.ModelMultipleChoiceField[Case] = forms.ModelMultipleChoiceField(
        queryset=None,
        to_field_name="reference",
        error_messages={
            "required": _("Tick at least one case."),
            "invalid_choice": _("A case you ticked is not there any more."),
        },
        label=_("Cases"),
    )
    officer = OfficerChoice(
        queryset=None,
        to_field_name="uid",
        empty_label=_("Choose an officer"),
        error_messages={
            "required": _("Choose an officer."),
            "invalid_choice": _("Choose an officer from the list."),
        },
        label=_("Give the ticked cases to"),
    )

    def __init__(self, *args: Any, user: User, officers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("cases", Case.objects.visible_to(user)), ("officer", officers)):  # type: ignore[attr-defined]
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
