"""Forms that render themselves as accessible pages do: label, hint, error, widget; `{{ form }}` is enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pages.fields import DayInput

CLASSES = {
    "input": "govuk-input",
    "password": "govuk-input govuk-password-input__input govuk-js-password-input-input",
    "textarea": "govuk-textarea",
    "select": "govuk-select",
    "file": "govuk-file-upload",
    "radios": "govuk-radios__input",
    "checkboxes": "govuk-checkboxes__input",
    "checkbox": "govuk-checkboxes__input",
}
#: What a question without an answer is told, by kind, unless it says more itself.
MISSING = {
    "file": gettext_lazy("Choose a file."),
    "checkbox": gettext_lazy("Tick this."),
    **dict.fromkeys(("radios", "select", "checkboxes"), gettext_lazy("Choose an answer.")),
}
GROUPS = ("radios", "checkboxes", "day")
ERRONEOUS = ("input", "password", "textarea", "select", "file")


@dataclass(frozen=True)
class Choice:
    """One radio or checkbox, with the fields that it reveals when chosen."""

    id: str
    name: str
    value: str
    label: str
    checked: bool
    hint: str = ""
    divider: str = ""
    reveals: list[EntenteBoundField] = field(default_factory=list)


@dataclass(frozen=True)
class Mistake:
    """A message of the error summary and the place it leads to; "" when it belongs to no field."""

    message: str
    href: str = ""


def kind_of(widget: forms.Widget) -> str:
    """Return which field template part renders a widget."""
    kinds: tuple[tuple[type[forms.Widget], str], ...] = (
        (DayInput, "day"),
        (forms.CheckboxSelectMultiple, "checkboxes"),
        (forms.RadioSelect, "radios"),
        (forms.CheckboxInput, "checkbox"),
        (forms.Textarea, "textarea"),
        (forms.FileInput, "file"),
        (forms.PasswordInput, "password"),
        (forms.Select, "select"),
        (forms.widgets.Input, "input"),
    )
    return next((kind for type_, kind in kinds if isinstance(widget, type_)), "other")


class EntenteBoundField(BoundField):
    """A field of a form with the ids, classes and references that its template needs."""

    @cached_property
    def kind(self) -> str:
        return kind_of(self.field.widget)

    @property
    def mistakes(self) -> list[str]:
        return [str(message) for message in self.errors]

    @cached_property
    def own_id(self) -> str:
        """The id of the single control, or of the group."""
        return str(self.field.widget.attrs.get("id") or self.auto_id or self.html_name)

    @cached_property
    def first_id(self) -> str:
        """The id of the control that an error of this field leads to."""
        if self.kind in ("radios", "checkboxes"):
            choices = self.choices
            return choices[0].id if choices else self.own_id
        return f"{self.own_id}-day" if self.kind == "day" else self.own_id

    @property
    def hint_id(self) -> str:
        return f"{self.own_id}-hint"

    @property
    def error_id(self) -> str:
        return f"{self.own_id}-error"

    @property
    def described_by(self) -> str:
        ids = {
            f"{self.own_id}-info": self.longest,
            self.hint_id: self.help_text,
            self.error_id: self.mistakes,
        }
        return " ".join(id_ for id_, told in ids.items() if told)

    @cached_property
    def title(self) -> str:
        """The label, saying so where an answer is not needed."""
        silent = self.field.required or self.is_revealed or getattr(self.form, "all_optional", False)
        if silent or self.kind in ("checkbox", "checkboxes"):
            return str(self.label)
        return _("%(label)s (optional)") % {"label": self.label}

    @property
    def is_heading(self) -> bool:
        """Whether the label is the heading of the page: one question, one page."""
        return bool(getattr(self.form, "heading", "") == self.name)

    @property
    def is_revealed(self) -> bool:
        """Whether the field stands inside a choice of another."""
        return self.name in getattr(self.form, "revealed", {})

    @cached_property
    def longest(self) -> int | None:
        """How many characters a text of several lines may have, where that is limited."""
        return getattr(self.field, "max_length", None) if self.kind == "textarea" else None

    @cached_property
    def choices(self) -> list[Choice]:
        """The radios or checkboxes of the field."""
        hints: Mapping[str, str | Promise] = getattr(self.form, "choice_hints", {}).get(self.name, {})
        reveals: Mapping[str, Sequence[str]] = getattr(self.form, "reveals", {}).get(self.name, {})
        found = []
        for widget in self.subwidgets:
            data = widget.data
            value = str(data["value"])
            found.append(
                Choice(
                    id=str(data["attrs"].get("id", "")),
                    name=str(data["name"]),
                    value=value,
                    label=str(data["label"]),
                    checked=bool(data["selected"]),
                    hint=str(hints.get(value, "")),
                    reveals=[self.form[name] for name in reveals.get(value, ())],  # type: ignore[misc]
                )
            )
        return found

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Day, month and year of a date field."""
        widget = self.field.widget
        assert isinstance(widget, DayInput)
        return widget.parts(self.html_name, self.value(), self.own_id)

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        found = super().build_widget_attrs(attrs, widget)
        for name in ("required", "aria-describedby", "aria-invalid"):
            found.pop(name, None)
        kind = kind_of(widget)
        if "placeholder" in widget.attrs:
            found["placeholder"] = False  # too pale to read, and gone once one types
        classes = [CLASSES.get(kind, ""), str(widget.attrs.get("class", ""))]
        if self.mistakes and kind in ERRONEOUS:
            classes.append(f"{CLASSES[kind].split()[0]}--error")
            found["aria-invalid"] = "true"
        if kind == "textarea" and self.longest:
            classes.append("govuk-js-character-count")
            found["maxlength"] = False  # the counter tells; the browser would cut what is pasted
        if isinstance(widget, forms.NumberInput):
            widget.input_type = "text"  # a scroll over a number field must not change a quantity
            found |= {"inputmode": "decimal", "step": False, "min": False, "max": False}
        if kind == "password":
            found |= {"spellcheck": "false", "autocapitalize": "none"}
        if self.described_by and kind not in GROUPS:
            found["aria-describedby"] = self.described_by
        found["class"] = " ".join(filter(None, classes))
        return found


class EntenteRenderer(TemplatesSetting):
    form_template_name = "forms/form.html"
    formset_template_name = "forms/formset.html"
    field_template_name = "forms/field.html"
    bound_field_class = EntenteBoundField


class EntenteForm(forms.Form):
    """A form in sections, whose choices may reveal further fields.

    `groups`: [(legend, [names])], all visible fields in one group without legend when empty.
    `reveals`: {field: {choice: [names]}}; a revealed field is asked for only while its choice is made, and
    its answer is dropped otherwise.
    `choice_hints`: {field: {choice: hint}}. `heading`: the field whose label is the page's heading.
    `all_optional`: nothing is marked as optional, as in filters and drafts.
    """

    groups: ClassVar[Sequence[tuple[str | Promise, Sequence[str]]]] = ()
    reveals: ClassVar[Mapping[str, Mapping[str, Sequence[str]]]] = {}
    choice_hints: ClassVar[Mapping[str, Mapping[str, str | Promise]]] = {}
    heading: ClassVar[str] = ""
    all_optional: ClassVar[bool] = False
    use_required_attribute = False
    summary_shown = False  # by {% error_summary form %}, above the heading

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.revealed = {
            name: (chooser, choice)
            for chooser, choices in self.reveals.items()
            for choice, names in choices.items()
            for name in names
        }
        self._asked_when_revealed = {name for name in self.revealed if self.fields[name].required}
        for name in self._asked_when_revealed:
            self.fields[name].required = False
        for asked in self.fields.values():
            if asked.error_messages["required"] == forms.Field.default_error_messages["required"]:
                asked.error_messages["required"] = MISSING.get(kind_of(asked.widget), _("Fill this in."))
            if (
                getattr(asked, "max_length", None) == 2
            ):  # a country: a browser would cut Singapore to Slovenia
                asked.widget.attrs.pop("maxlength", None)
                asked.error_messages.setdefault(
                    "max_length", _("Use the two-letter ISO 3166 code, such as FR.")
                )
            if isinstance(asked, forms.IntegerField) and None not in (asked.min_value, asked.max_value):
                within = _("Give a number from %(least)s to %(most)s.")
                told = within % {"least": asked.min_value, "most": asked.max_value}
                for code in ("min_value", "max_value"):
                    asked.error_messages.setdefault(code, told)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, (chooser, choice) in self.revealed.items():
            chosen, field = cleaned.get(chooser), self.fields[name]
            made = choice in chosen if isinstance(chosen, list) else str(chosen) == choice
            if not made:
                cleaned[name] = getattr(field, "empty_value", None)
                self.errors.pop(name, None)
            elif (
                name in self._asked_when_revealed and name in cleaned and cleaned[name] in field.empty_values
            ):
                self.add_error(name, field.error_messages["required"])
        return cleaned

    def get_context(self) -> dict[str, Any]:
        return {**super().get_context(), "groups": list(self.sections())}

    def sections(self) -> Iterator[tuple[str, list[BoundField]]]:
        """Yield each legend with its fields; what no group names comes last, without legend."""
        named = {name for _legend, names in self.groups for name in names} | set(self.revealed)
        for legend, names in self.groups:
            yield str(legend), [self[name] for name in names]
        rest = [field for field in self.visible_fields() if field.name not in named]
        if rest:
            yield "", rest


#: How messages begin that fit any field: in a list they need the name of theirs.
ANY_FIELD = (
    "Write at ",
    "Fill this in",
    "Answer yes or no",
    "This field ",
    "Choose one of",
    "Choose an answer",
    "Choose a file.",
    "Tick this",
    "Use the ",
    "Enter a date.",
    "Enter a real date",
    "The date must ",
    "The check digits of this number",
    "Give a ",
    "This is another name, not another spelling",
    "The route does not touch ",
    "That is more than is licensed",
    "It says so already",
)


def named(label: str, message: str) -> str:
    """Return a message as it reads away from its field."""
    if not message.startswith(ANY_FIELD):
        return message
    label = label.rstrip(":")
    return f"{label} {message}" if label.endswith("?") else f"{label}: {message}"


def mistakes(form: forms.BaseForm) -> list[Mistake]:
    """Return what the error summary of a form lists, in the order of its fields."""
    if not form.is_bound:
        return []
    found = [Mistake(str(message)) for message in form.non_field_errors()]
    for bound in form:
        for message in bound.errors:
            first = bound.first_id if isinstance(bound, EntenteBoundField) else bound.auto_id
            if bound.is_hidden:
                found.append(Mistake(str(message)))
            else:
                found.append(Mistake(named(str(bound.label), str(message)), f"#{first}"))
    return found
