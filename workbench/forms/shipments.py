"""Questions about shipments, deliveries and pre-shipment checks."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from enforcement.models import PreShipmentCheck
from pages.forms import EntenteForm


class StopForm(EntenteForm):
    reason = forms.CharField(
        label=_("Why it does not leave"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class JudgeForm(EntenteForm):
    remark = forms.CharField(
        label=_("What you looked at, and what you found"),
        help_text=_("The holder reads it."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MonitorForm(EntenteForm):
    """Who is asked to confirm the delivery by a link, without an account."""

    person = forms.CharField(label=_("Name of the monitor"), max_length=200)
    organisation = forms.CharField(
        label=_("Organisation of the monitor"),
        help_text=_("Not the holder: a third party that sees the goods arrive."),
        max_length=300,
    )
    email = forms.EmailField(
        label=_("E-mail address of the monitor"),
        help_text=_(
            "The link goes there, and only there. Another officer than you judges what the monitor says."
        ),
        max_length=200,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"invalid": _("Give an e-mail address, such as name@example.com.")},
    )


class CheckForm(EntenteForm):
    """A pre-shipment check of one thing."""

    reveals = {
        "of": {"licence": ["licence"], "provider": ["provider"], "destination": ["destination"]},
    }
    of = forms.ChoiceField(
        label=_("What is looked at before anything leaves?"),
        choices=[
            ("licence", _("One licence")),
            ("provider", _("Everything of one exporter")),
            ("destination", _("Everything to one destination")),
        ],
        widget=forms.RadioSelect,
    )
    licence = forms.CharField(label=_("Number of the licence"), max_length=30)
    provider = forms.CharField(label=_("Registration number of the exporter"), max_length=50)
    destination = forms.CharField(
        label=_("Destination"), help_text=_("Two letters, such as SG."), max_length=2
    )
    reason = forms.CharField(
        label=_("Why, and what to look at"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )


class PerformForm(EntenteForm):
    choice_hints = {
        "result": {
            "limited": _("It passes: say what could not be seen."),
            "unfavourable": _("Every declared shipment that it bears on is stopped at once."),
            "unable": _("Nothing leaves until another check has been passed."),
        }
    }
    result = forms.ChoiceField(
        label=_("Result"), choices=PreShipmentCheck.Result.choices, widget=forms.RadioSelect
    )
    found = forms.CharField(
        label=_("What was found"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )


class WithdrawForm(EntenteForm):
    reason = forms.CharField(label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
