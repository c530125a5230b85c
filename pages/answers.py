"""Taking the answers of a form, and showing at its questions what a service found wrong with them."""

from django import forms
from django.http import HttpRequest, QueryDict

from core.errors import EntenteError


def posted(request: HttpRequest) -> QueryDict | None:
    """Return the answers sent, None where the page is only asked for."""
    return request.POST if request.method == "POST" else None


def refuse(form: forms.BaseForm, error: EntenteError) -> None:
    """Put each of an error's fields at its question; what fits no question goes to the top of the form."""
    known = {name: texts for name, texts in error.fields.items() if name in form.fields}
    for name, texts in known.items():
        form.add_error(name, list(texts))
    if len(known) < max(1, len(error.fields)):
        form.add_error(None, error.detail)
