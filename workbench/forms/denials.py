"""The forms of denials: their review and release, files of them, and whether a case is what was denied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from intelligence.importing import MOST_BYTES
from intelligence.services import EXPLAINED_FROM
from licensing.models import UndercutCheck
from members import selectors
from pages.forms import EntenteForm


class ReviewForm(EntenteForm):
    outcome = forms.ChoiceField(
        label=_("What the review found"),
        widget=forms.RadioSelect,
        choices=[
            ("keep", _("The grounds still hold: keep it for three more years")),
            ("withdraw", _("The grounds no longer hold: withdraw it")),
        ],
        error_messages={"required": _("Say whether the denial is kept or withdrawn.")},
    )
    explanation = forms.CharField(
        label=_("Explanation, for every member"),
        help_text=_("Needed to keep a denial from review %(number)s on.") % {"number": EXPLAINED_FROM},
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        required=False,
    )


class FilterForm(EntenteForm):
    """What the list of denials is narrowed to."""

    all_optional = True
    text = forms.CharField(label=_("Party, reference or control code"), max_length=100, required=False)
    member = forms.ChoiceField(label=_("Recorded by"), required=False)
    status = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Any")), ("valid", _("Valid")), ("withdrawn", _("Withdrawn"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].choices = [("", _("Any member")), *_members()]  # type: ignore[attr-defined]


def _members() -> list[tuple[str, str]]:
    return list(selectors.jurisdictions().values_list("code", "name"))


class ReleaseForm(EntenteForm):
    releasable_to = forms.MultipleChoiceField(
        label=_("Members that may read it too"),
        help_text=_("Choose none to release it to all. Who may read it already goes on reading it."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, known_to: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = set(known_to)
        choices = [(code, name) for code, name in _members() if code not in known]
        self.fields["releasable_to"].choices = choices  # type: ignore[attr-defined]


class FileForm(ReleaseForm):
    file = forms.FileField(
        label=_("A CSV file in UTF-8"),
        help_text=_(
            "One row for each party, at most two megabytes. Nothing is kept unless every row is right."
        ),
        error_messages={"required": _("Choose a file.")},
    )
    field_order = ["file", "releasable_to"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = self.fields["releasable_to"]
        asked.label = _("Members that may read these denials")
        asked.help_text = _("Choose none to release them to all, or only your own to keep them to it.")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file has more than two megabytes; divide it."))
        return file


class AnswerForm(EntenteForm):
    """Whether a case is essentially identical to a denial, said by the member that denied."""

    answer = forms.ChoiceField(
        label=_("Is it essentially identical?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the answers.")},
    )
    reason = forms.CharField(
        label=_("Reason, for the lead"),
        help_text=_("At least 10 characters."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
    )
    choice_hints = {
        "answer": {
            "identical": _("The lead explains a grant all the same to every member."),
            "no_objection": _("It is what you denied, and you have nothing against a grant."),
            "withdrawn": _("Your denial does not stand any more; it is withdrawn for all."),
        }
    }

    def __init__(self, *args: Any, may_withdraw: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "identical": _("Yes, essentially identical"),
            "not_identical": _("No, not identical"),
            "no_objection": _("Identical, no objection"),
        }
        choices = [(str(one), labels[one]) for one in UndercutCheck.ANSWERS]
        if may_withdraw:
            choices.append(("withdrawn", _("Withdraw the denial")))
        self.fields["answer"].choices = choices  # type: ignore[attr-defined]


class ExplainForm(EntenteForm):
    explanation = forms.CharField(
        label=_("Why a grant all the same"),
        help_text=_("At least 20 characters. Every member that may read the denial reads it with the grant."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
    )
