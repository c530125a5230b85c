"""Small base classes shared by every floor."""

import uuid

from django.db import models


class Identified(models.Model):
    """A row that is named to the outside by a random identifier and never by its key."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


def ref(thing: models.Model) -> str:
    """Return the plain-value name of a row, e.g. `case:12`: how lower floors speak of upper ones."""
    return f"{thing._meta.model_name}:{thing.pk}"


def ref_id(value: str, model_name: str) -> int:
    """Return the key inside a `ref`; ValueError if it names another kind."""
    kind, _, pk = value.partition(":")
    if kind != model_name:
        raise ValueError(f"{value!r} does not name a {model_name}")
    return int(pk)
