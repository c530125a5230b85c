"""Forms ask what is needed, keep what was given and say what is wrong."""

from datetime import date

import pytest
from django import forms

from pages.fields import DayField
from pages.forms import EntenteForm, mistakes


class Travel(EntenteForm):
    reveals = {"how": {"other": ["which", "why"]}}
    how = forms.ChoiceField(choices=[("sea", "By sea"), ("other", "Otherwise")], widget=forms.RadioSelect)
    which = forms.CharField()
    why = forms.CharField(required=False)


class Shipment(EntenteForm):
    on = DayField()


class Where(EntenteForm):
    country = forms.CharField(max_length=2)


class Few(EntenteForm):
    hours = forms.IntegerField(min_value=1, max_value=720)


def on(**parts: str) -> Shipment:
    return Shipment({f"on-{part}": value for part, value in parts.items()})


def test_a_revealed_field_is_asked_for_only_while_its_choice_is_made():
    assert Travel({"how": "sea"}).is_valid()
    form = Travel({"how": "other"})
    assert not form.is_valid()
    assert list(form.errors) == ["which"]


def test_what_was_typed_behind_another_choice_is_dropped():
    form = Travel({"how": "sea", "which": "By camel"})
    assert form.is_valid()
    assert form.cleaned_data["which"] == ""


def test_a_revealed_field_stands_inside_its_choice_and_nowhere_else():
    html = str(Travel())
    assert html.count('name="which"') == 1
    assert html.index('name="which"') > html.index("govuk-radios__conditional")


def test_a_revealed_field_is_not_called_optional():
    assert "Why (optional)" not in str(Travel())


def test_an_answer_that_is_not_needed_is_called_optional():
    form = type("Form", (EntenteForm,), {"note": forms.CharField(required=False)})()
    assert "Note (optional)" in str(form)


def test_a_form_of_filters_calls_nothing_optional():
    form = type("Form", (EntenteForm,), {"note": forms.CharField(required=False), "all_optional": True})()
    assert "optional" not in str(form)


def test_sections_have_legends_and_what_is_left_comes_last():
    fields = {name: forms.CharField() for name in ("a", "b", "c")}
    form = type("Form", (EntenteForm,), {**fields, "groups": [("Second", ["b"]), ("Third", ["c"])]})()
    assert [(legend, [field.name for field in group]) for legend, group in form.sections()] == [
        ("Second", ["b"]),
        ("Third", ["c"]),
        ("", ["a"]),
    ]


def test_one_question_may_be_the_heading_of_its_page():
    form = type("Form", (EntenteForm,), {"name": forms.CharField(label="Your name"), "heading": "name"})()
    assert '<h1 class="govuk-label-wrapper"><label' in str(form)


def test_the_summary_lists_mistakes_of_the_form_first_and_then_by_field():
    form = Travel({"how": ""})
    form.add_error(None, "Somebody was faster.")
    assert [(mistake.message, mistake.href) for mistake in mistakes(form)] == [
        ("Somebody was faster.", ""),
        ("How: Choose an answer.", "#id_how_0"),
    ]


def test_a_form_nobody_sent_has_no_summary():
    assert "govuk-error-summary" not in str(Travel())


def test_what_a_person_typed_is_escaped():
    html = str(Travel({"how": "other", "which": '"><script>alert(1)</script>'}))
    assert "<script>" not in html


def test_a_number_is_typed_as_text_so_that_a_scroll_cannot_change_it():
    form = type("Form", (EntenteForm,), {"quantity": forms.DecimalField(max_digits=9, decimal_places=3)})()
    html = str(form)
    assert 'type="text"' in html
    assert 'inputmode="decimal"' in html
    assert "step" not in html


@pytest.mark.parametrize(
    ("parts", "day"),
    [
        ({"day": "27", "month": "3", "year": "2026"}, date(2026, 3, 27)),
        ({"day": "7", "month": "03", "year": "26"}, date(2026, 3, 7)),
    ],
)
def test_a_day_is_read_from_its_three_boxes(parts, day):
    form = on(**parts)
    assert form.is_valid()
    assert form.cleaned_data["on"] == day


def test_a_day_in_one_piece_is_taken_too():
    form = Shipment({"on": "2026-03-27"})
    assert form.is_valid()
    assert form.cleaned_data["on"] == date(2026, 3, 27)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "Enter a date."),
        ({"day": "27"}, "The date must include a month and a year."),
        ({"day": "27", "year": "2026"}, "The date must include a month."),
        ({"day": "31", "month": "2", "year": "2026"}, "Enter a real date, such as 27 3 2026."),
        ({"day": "first", "month": "3", "year": "2026"}, "Enter a real date, such as 27 3 2026."),
        ({"day": "1", "month": "3", "year": "99999999"}, "Enter a real date, such as 27 3 2026."),
    ],
)
def test_a_day_that_is_none_says_what_is_missing(parts, message):
    assert on(**parts).errors["on"] == [message]


def test_a_missing_day_is_named_where_several_are_listed():
    assert [mistake.message for mistake in mistakes(on())] == ["On: Enter a date."]


def test_a_country_in_words_is_refused_and_not_cut_by_the_browser():
    assert "maxlength" not in str(Where()["country"])
    assert Where({"country": "Singapore"}).errors["country"] == [
        "Use the two-letter ISO 3166 code, such as FR."
    ]


@pytest.mark.parametrize("typed", ["0", "9999"])
def test_a_number_out_of_bounds_is_told_both(typed: str):
    assert [one.message for one in mistakes(Few({"hours": typed}))] == ["Hours: Give a number from 1 to 720."]


def test_a_wrong_day_comes_back_as_it_was_typed():
    html = str(on(day="31", month="2", year="2026"))
    assert all(f'value="{value}"' in html for value in ("31", "2", "2026"))


def test_a_day_has_changed_only_when_it_is_another():
    field = DayField()
    assert not field.has_changed(date(2026, 3, 27), "2026-3-27")
    assert field.has_changed(date(2026, 3, 27), "2026-3-28")
    assert field.has_changed(date(2026, 3, 27), "nonsense")
