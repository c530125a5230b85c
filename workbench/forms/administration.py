"""Questions about officers, their systems and the organisations of a jurisdiction."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members import oauth, selectors
from members.models import Authority, Grade, Role, User
from pages.forms import EntenteForm


class ReasonForm(EntenteForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        help_text=_("The organisation is told it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class InviteOfficerForm(EntenteForm):
    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("Official e-mail address"))
    authority: forms.ModelChoiceField[Authority] = forms.ModelChoiceField(label=_("Authority"), queryset=None)
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, officer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["authority"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = selectors.authorities_of(officer)


class GradeForm(EntenteForm):
    grade = forms.ChoiceField(
        label=_("Grade"), choices=Grade.choices, help_text=_("Charters ask for a grade at their upper tiers.")
    )


class AppointForm(EntenteForm):
    role = forms.ChoiceField(label=_("Further role"), choices=Role.choices)


class RegisterOfficerClientForm(EntenteForm):
    name = forms.CharField(label=_("Name of the system"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope, oauth.SCOPES[scope]) for scope in oauth.SCOPES if scope in oauth.OFFICER_SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    choice_hints = {"scopes": {scope: scope for scope in oauth.OFFICER_SCOPES}}
