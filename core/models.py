"""Small base classes shared by every floor."""

import uuid
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


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


def telling(rows: models.QuerySet[Row], *told: str) -> models.QuerySet[Row]:
    """Return rows with all their own columns and, of what they point to, only what is told of it."""
    own = [field.name for field in rows.model._meta.concrete_fields]
    return rows.select_related(*{path.rpartition("__")[0] for path in told}).only(*own, *told)


def hold(row: models.Model) -> None:
    """Lock a row until the transaction ends, so that it stays as it will be read next."""
    type(row)._default_manager.select_for_update(of=("self",)).values_list("pk").get(pk=row.pk)


def write_many(rows: Sequence[models.Model], fields: Sequence[str]) -> int:
    """Write some fields of rows of one model in one statement; return how many rows there still were.

    Says what `bulk_update` says, in a list of values for each column instead of an expression for each value: with
    hundreds of rows that is what makes the difference between a slow act and a quick one.
    """
    if not rows:
        return 0
    meta = rows[0]._meta
    key = meta.pk
    told = [key, *(cast("models.Field[Any, Any]", meta.get_field(name)) for name in fields)]
    quoted = [connection.ops.quote_name(str(column.column)) for column in told]
    table = connection.ops.quote_name(meta.db_table)
    lists = ", ".join(f"%s::{column.db_type(connection)}[]" for column in told)
    changes = ", ".join(f"{name} = v.{name}" for name in quoted[1:])
    values = [
        [column.get_db_prep_save(getattr(row, column.attname), connection) for row in rows] for column in told
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {changes} FROM UNNEST({lists}) AS v({', '.join(quoted)})"  # noqa: S608
            f" WHERE {table}.{quoted[0]} = v.{quoted[0]}",
            values,
        )
        return int(cursor.rowcount)
