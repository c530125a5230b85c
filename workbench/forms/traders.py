"""What officers say of a trusted trader."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exemptions import icp
from pages.fields import DayField
from pages.forms import EntenteForm

FINDINGS = [("met", _("Met")), ("partly", _("Partly met")), ("missing", _("Missing"))]


class AuditForm(EntenteForm):
    """What was found at each element; a remark is asked where it is not met."""

    visited_on = DayField(label=_("Day of the visit"))
    summary = forms.CharField(
        label=_("What you saw, and whom you spoke to"),
        help_text=_("For whoever decides. The trader does not read it."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: list[Any] = [(_("The visit"), ("visited_on", "summary"))]
        for element in icp.questionnaire().elements:
            self.fields[element.key] = forms.ChoiceField(
                label=gettext("%(title)s: finding") % {"title": element.title},
                choices=FINDINGS,
                widget=forms.RadioSelect,
            )
            self.fields[f"{element.key}_remark"] = forms.CharField(
                label=gettext("%(title)s: remark") % {"title": element.title},
                help_text=_("Needed where it is not met: the trader reads it and mends it."),
                max_length=2000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
            groups.append((element.title, (element.key, f"{element.key}_remark")))
        self.groups = tuple(groups)  # type: ignore[misc]

    def arguments(self) -> dict[str, Any]:
        """What the service is given."""
        given = self.cleaned_data
        return {
            "visited_on": given["visited_on"],
            "summary": given["summary"],
            "findings": {
                one.key: {"finding": given[one.key], "remark": given[f"{one.key}_remark"]}
                for one in icp.questionnaire().elements
            },
        }


class ReasonsForm(EntenteForm):
    reasons = forms.CharField(
        label=_("Why"),
        help_text=_("The trader reads it."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class TraderReasonForm(EntenteForm):
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("The trader and all members read it."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
