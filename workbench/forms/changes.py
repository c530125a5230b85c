"""What officers make of a request to change a licence."""

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing.models import LicenceChange
from pages.forms import EntenteForm


class RecommendForm(EntenteForm):
    proposal = forms.ChoiceField(
        label=_("What do you recommend?"), choices=LicenceChange.Proposal.choices, widget=forms.RadioSelect
    )
    remark = forms.CharField(
        label=_("Your reasons"),
        help_text=_("Officers read them. In 10 to 4,000 characters."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
    )
    told = forms.CharField(
        label=_("What the holder is told"),
        help_text=_("In 10 to 1,000 characters."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        required=False,
    )
    reveals = {"proposal": {"refuse": ["told"]}}


class SendBackForm(EntenteForm):
    prefix = "back"
    remark = forms.CharField(
        label=_("Why it goes back"),
        help_text=_("In 10 to 4,000 characters."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
    )


class SpeakForm(EntenteForm):
    answer = forms.ChoiceField(
        label=_("Does your member consent?"),
        choices=[("agree", _("Yes, as it is asked for")), ("decline", _("No"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The holder and the issuer read it. In 10 to 1,000 characters."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
    )
