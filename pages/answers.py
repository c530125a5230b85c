"""Showing at the questions of a form what a service found wrong with the answers."""

from django import forms

from core.errors import EntenteError


def refuse(form: forms.BaseForm, error: EntenteError) -> None:
    """Put each of an error's fields at its question; what fits no question goes to the top of the form."""
    known = {name: texts for name, texts in error.fields.items() if name in form.fields}
    for name, texts in known.items():
        form.add_error(name, list(texts))
    if len(known) < max(1, len(error.fields)):
        form.add_error(None, error.detail)
