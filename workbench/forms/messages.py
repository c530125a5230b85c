"""The form on which a message to other members is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing.services.messages import MOST_HOURS, MOST_SUBJECT, MOST_TEXT
from pages.forms import EntenteForm


class MessageForm(EntenteForm):
    to = forms.MultipleChoiceField(
        label=_("Members that may read it"),
        help_text=_("Nobody else reads it: no other member, not the exporter, not the auditors of others."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one member that may read it.")},
    )
    subject = forms.CharField(label=_("Subject"), max_length=MOST_SUBJECT)
    text = forms.CharField(
        label=_("Message"),
        help_text=_("It cannot be changed once it is sent. To put something right, write again."),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=MOST_TEXT,
        error_messages={"required": _("Write the message.")},
    )
    acknowledge_within = forms.IntegerField(
        label=_("Ask for an acknowledgement within (hours)"),
        help_text=_("If it does not come in time, you and the deciders of that member are told."),
        min_value=1,
        max_value=MOST_HOURS,
        required=False,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )

    def __init__(
        self, *args: Any, members: Sequence[tuple[str, str]], reply: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = members  # type: ignore[attr-defined]
        if len(members) == 1:
            self.fields["to"].initial = [members[0][0]]
        if reply:
            del self.fields["subject"]
            self.fields["to"].help_text = _(
                "Members of this thread. To write to another, begin a new message."
            )
