"""The form on which a decider proposes a decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licensing.guards import GRANTS
from licensing.models import Case, Decision
from licensing.services.decisions import CRITERIA
from pages.fields import DayField
from pages.forms import EntenteForm
from workbench.forms import conditions

GROUND = {Decision.Kind.REFUSE}
TOLD = {Decision.Kind.REFUSE, Decision.Kind.RETURN}


class DecisionForm(EntenteForm):
    """What a decision of one kind rests on; a grant in part asks for each line, a grant for conditions."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    ground_code = forms.ChoiceField(
        label=gettext_lazy("Criterion the refusal rests on"),
        help_text=gettext_lazy("Every member of the alliance is told it with the denial."),
        choices=[("", gettext_lazy("Choose a criterion")), *CRITERIA.items()],
    )
    criteria = forms.MultipleChoiceField(
        label=gettext_lazy("Criteria considered"),
        help_text=gettext_lazy("After Regulation (EU) 2021/821, Article 15. At least one."),
        widget=forms.CheckboxSelectMultiple,
        choices=list(CRITERIA.items()),
        error_messages={"required": gettext_lazy("Choose at least one criterion.")},
    )
    reasons = forms.CharField(
        label=gettext_lazy("Reasons, for officers"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=10_000,
    )
    reasons_for_exporter = forms.CharField(
        label=gettext_lazy("Reasons, for the exporter"),
        help_text=gettext_lazy("Name no other member and no list."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=10_000,
    )
    valid_from = DayField(
        label=gettext_lazy("First day"), help_text=gettext_lazy("Today, if left empty."), required=False
    )
    valid_until = DayField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("A year after the first, if left empty; two years at most."),
        required=False,
    )

    def __init__(self, *args: Any, case: Case, kind: str, **kwargs: Any) -> None:
        self.kind = kind
        self.items = list(case.revision.items.all())
        super().__init__(*args, **kwargs)
        if kind not in GROUND:
            del self.fields["ground_code"]
        self.fields["reasons_for_exporter"].required = kind in TOLD
        if kind not in GRANTS:
            del self.fields["valid_from"], self.fields["valid_until"]
            return
        self.fields |= conditions.fields(self.items)
        lines = self._line_fields() if kind == Decision.Kind.GRANT_IN_PART else {}
        self.fields = {**lines, **self.fields}
        groups: list[tuple[Any, list[str]]] = [(_("What is granted"), list(lines))] if lines else []
        groups += [
            (_("Why"), ["criteria", "reasons", "reasons_for_exporter"]),
            (_("From when until when"), ["valid_from", "valid_until"]),
            (_("Conditions beside those of the positions"), list(conditions.fields(self.items))),
        ]
        self.groups = groups  # type: ignore[misc]

    def _line_fields(self) -> dict[str, forms.Field]:
        return {
            f"line_{item.line}": forms.DecimalField(
                label=_("Line %(line)s: %(what)s") % {"line": item.line, "what": item.description},
                help_text=_("Asked: %(quantity)s %(unit)s. Leave empty to grant nothing of it.")
                % {"quantity": f"{item.quantity.normalize():f}", "unit": item.unit},
                max_digits=18,
                decimal_places=3,
                required=False,
                widget=forms.NumberInput(attrs={"class": "govuk-input--width-10"}),
            )
            for item in self.items
        }

    def arguments(self) -> tuple[dict[str, Any], list[str]]:
        """Return what the service is called with, and the question each condition comes from."""
        given = self.cleaned_data
        names = ("criteria", "reasons", "reasons_for_exporter", "ground_code", "valid_from", "valid_until")
        found: dict[str, Any] = {name: given[name] for name in names if name in given}
        found |= {"kind": self.kind, "seen": given.get("seen") or ""}
        asked: list[str] = []
        if self.kind in GRANTS:
            found["conditions"], asked = conditions.read(given, self.items)
        if self.kind == Decision.Kind.GRANT_IN_PART:
            found["items"] = [
                {"line": item.line, "quantity": str(given[f"line_{item.line}"])} for item in self._granted()
            ]
        return found, asked

    def _granted(self) -> list[Any]:
        return [item for item in self.items if self.cleaned_data.get(f"line_{item.line}") is not None]

    def named(self, errors: dict[str, list[str]], asked: list[str]) -> dict[str, list[str]]:
        """Return a service's errors under this form's questions."""
        found: dict[str, list[str]] = {}
        lines = [f"line_{item.line}" for item in self._granted()] if self.kind in GRANTS else []
        for path, texts in conditions.named(errors, asked).items():
            name = path
            if path.startswith("items["):
                number = int(path[len("items[") : path.index("]")])
                name = lines[number] if number < len(lines) else path
            elif path == "items" and self.items:
                name = f"line_{self.items[0].line}"
            found.setdefault(name, []).extend(texts)
        return found
