"""Questions about an exporter organisation and its people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members import oauth, selectors
from members.models import Membership
from pages.forms import EntenteForm


class OrganisationForm(EntenteForm):
    name = forms.CharField(label=_("Name of the organisation"), max_length=200)
    jurisdiction = forms.ModelChoiceField(
        label=_("Where it is established"),
        queryset=selectors.jurisdictions(),
        help_text=_("The authority of this member of the alliance vets the organisation."),
    )
    address = forms.CharField(
        label=_("Registered address"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    registration_number = forms.CharField(
        label=_("Registration number"),
        max_length=50,
        help_text=_("As in the company register, for example HRB 12345."),
    )
    lei = forms.CharField(
        label=_("LEI"),
        required=False,
        max_length=30,
        help_text=_("Legal entity identifier: 20 letters and digits."),
    )
    vat = forms.CharField(label=_("VAT or tax number"), required=False, max_length=30)
    contact_email = forms.EmailField(
        label=_("E-mail for the authority's questions"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, settled: bool = False, **kwargs: Any) -> None:
        """With `settled`, the jurisdiction is known already and not asked."""
        super().__init__(*args, **kwargs)
        if settled:
            del self.fields["jurisdiction"]


class InviteMemberForm(EntenteForm):
    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail address"))
    membership_role = forms.ChoiceField(
        label=_("Role"),
        choices=Membership.Role.choices,
        initial=Membership.Role.EXPORTER,
        widget=forms.RadioSelect,
        help_text=_("An administrator looks after members and systems; both may file applications."),
    )


class RegisterClientForm(EntenteForm):
    name = forms.CharField(label=_("Name of the system"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope, oauth.SCOPES[scope]) for scope in oauth.SCOPES if scope in oauth.EXPORTER_SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    choice_hints = {"scopes": {scope: scope for scope in oauth.EXPORTER_SCOPES}}


class AcceptInvitationForm(EntenteForm):
    name = forms.CharField(
        label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Choose a password"),
        max_length=200,
        strip=False,
        help_text=_("At least 12 characters, and none that many people use."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
