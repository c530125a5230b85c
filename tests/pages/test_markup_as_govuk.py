"""Our markup is that of govuk-frontend, by its own fixtures (a copy of the few that we have a part for)."""

import json
from pathlib import Path

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from pages.fields import DayField
from pages.forms import EntenteForm
from tests.pages.markup import outline

FIXTURES = json.loads(Path(__file__).with_name("govuk_fixtures.json").read_text(encoding="utf-8"))["fixtures"]
NINO_HINT = (
    "It’s on your National Insurance card, benefit letter, payslip or P60. For example, ‘QQ 12 34 56 C’."
)


def rendered(field: forms.Field, error: str = "") -> str:
    form = type("One", (EntenteForm,), {"answer": field})({"answer": ""} if error else None)
    if error:
        form.errors.clear()
        form.add_error("answer", error)
    return str(form["answer"].as_field_group())


def component(source: str, **context: object) -> str:
    context.setdefault("request", RequestFactory().get("/"))
    return Template("{% load entente %}" + source).render(Context(context))


def text_field(**more: object) -> forms.CharField:
    return forms.CharField(label="National insurance number", help_text=NINO_HINT, **more)


FIELDS = {
    "input: with hint text": (text_field(), ""),
    "input: with error and hint": (
        text_field(),
        "Enter a National Insurance number in the correct format",
    ),
    "input: with width-10 class": (
        text_field(widget=forms.TextInput(attrs={"class": "govuk-input--width-10"})),
        "",
    ),
    "textarea: with hint and error message": (
        forms.CharField(label="With hint and error", help_text="Hint", widget=forms.Textarea),
        "Error message",
    ),
    "select: with hint text and error message": (
        forms.ChoiceField(
            label="Label text goes here",
            help_text="Hint text goes here",
            choices=[(number, f"GOV.UK frontend option {number}") for number in (1, 2, 3)],
        ),
        "Error message goes here",
    ),
    "radios: with hint and error message": (
        forms.ChoiceField(
            label="Have you changed your name?",
            help_text="This includes changing your last name or spelling your name differently.",
            choices=[("yes", "Yes"), ("no", "No")],
            widget=forms.RadioSelect,
        ),
        "Please select an option",
    ),
    "checkboxes: with error message and hint": (
        forms.MultipleChoiceField(
            label="What is your nationality?",
            help_text="If you have dual nationality, select all options that are relevant to you.",
            choices=[("british", "British"), ("irish", "Irish")],
            widget=forms.CheckboxSelectMultiple,
        ),
        "Please select an option",
    ),
    "date-input: with error message and hint": (
        DayField(label="What is your date of birth?", help_text="For example, 31 3 1980"),
        "Error message goes here",
    ),
    "password-input: default": (forms.CharField(label="Password", widget=forms.PasswordInput), ""),
    "character-count: default": (
        forms.CharField(label="Can you provide more detail?", widget=forms.Textarea, max_length=10),
        "",
    ),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_marked_up_as_govuk_does(name):
    field, error = FIELDS[name]
    assert outline(rendered(field, error)) == outline(FIXTURES[name])


def test_the_error_summary_is_marked_up_as_govuk_does():
    form = type("One", (EntenteForm,), {"terms": forms.BooleanField()})({})
    form.errors.clear()
    form.add_error(None, "Invalid username or password")
    form.add_error("terms", "Agree to the terms of service to log in")
    assert outline(component("{% error_summary form %}", form=form)) == outline(
        FIXTURES["error-summary: mixed with and without links"]
    )


def test_a_tag_is_marked_up_as_govuk_does():
    assert outline(component('{% tag "Green" "green" %}')) == outline(FIXTURES["tag: green"])


def test_a_notification_is_marked_up_as_govuk_does():
    ours = component('{% notification "Email sent to example@email.com" "success" %}')
    assert outline(ours) == outline(FIXTURES["notification-banner: with type as success"])


def test_pagination_has_the_elements_that_govuk_has():
    ours = outline(component("{% pagination page %}", page=Paginator(range(400), 10).get_page(10)))
    theirs = outline(FIXTURES["pagination: with many pages"])

    def classes(nodes: list) -> set:
        found = set()
        for node in nodes:
            if not isinstance(node, str):
                found |= {(node[0], *node[1])} | classes(node[3])
        return found

    assert classes(ours) == classes(theirs)
    assert ours[0][2] == theirs[0][2]
