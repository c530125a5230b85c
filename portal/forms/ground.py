"""The question group on a crisis or humanitarian ground."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from exemptions.grounds import Kind, Provider, Supply
from pages.fields import DayInput
from portal.forms import typed
from portal.forms.dossier import YES_NO, SectionForm


class GroundForm(SectionForm):
    section = "ground"
    kind = forms.ChoiceField(
        label=_("Do you claim a special ground?"),
        required=False,
        widget=forms.RadioSelect,
        choices=Kind.choices,
    )
    provider = forms.ChoiceField(
        label=_("Who brings the help?"), required=False, choices=[("", ""), *Provider.choices]
    )
    supply = forms.ChoiceField(
        label=_("What kind of help is it?"), required=False, choices=[("", ""), *Supply.choices]
    )
    reference = forms.CharField(
        label=_("Response plan, appeal or crisis measure it rests on"), required=False, max_length=200
    )
    explanation = forms.CharField(
        label=_("Why is it needed?"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Only where you claim a ground."),
    )  # fmt: skip
    people = forms.CharField(
        label=_("How many people are served?"), required=False, max_length=15,
        help_text=_("A whole number, if you know it. It helps officers to see what waiting costs."),
    )  # fmt: skip
    needed_by = forms.CharField(
        label=_("What is the last day on which the goods are of full use?"), required=False, widget=DayInput,
        help_text=_("Leave empty if there is none."),
    )  # fmt: skip
    perishable = forms.ChoiceField(
        label=_("Do the goods perish after that day?"),
        required=False,
        widget=forms.RadioSelect,
        choices=YES_NO,
    )
    reveals: ClassVar[dict[str, dict[str, tuple[str, ...]]]] = {
        "kind": {"humanitarian": ("provider", "supply")}
    }

    @classmethod
    def initial_from(cls, value: dict[str, Any]) -> dict[str, Any]:
        told = {key: entry for key, entry in value.items() if isinstance(entry, str)}
        people = value.get("people")
        return {
            "kind": "",
            **told,
            "people": "" if people is None else str(people),
            "perishable": typed.said(value.get("perishable")),
        }

    def to_data(self) -> dict[str, Any]:
        got = self.cleaned_data
        if got["kind"] == Kind.NONE:
            return {"kind": Kind.NONE.value}
        names = ("kind", "provider", "supply", "reference", "explanation")
        until = got["needed_by"]
        return {
            **{name: got.get(name) or "" for name in names},
            **({"people": typed.whole(got["people"])} if got["people"].strip() else {}),
            **({"needed_by": "-".join(part.zfill(2) for part in until.split("-"))} if until else {}),
            **({"perishable": typed.yes(got["perishable"])} if got["perishable"] else {}),
        }
