"""The questions of signing up that are our own."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from members.models import User


class SignupForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ["name", "email", "password1"]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def signup(self, request: HttpRequest, user: User) -> None:
        """Nothing is left to do: the adapter has written the name."""
