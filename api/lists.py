"""What every list takes in its address: filters, `ordering`, `fields`, `limit` and `cursor`, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request

from core.errors import Invalid

#: Under which name an answer holds its rows.
ROWS = ("results", "events")


def orderings(view: Any) -> list[str]:
    """Return what `ordering` may be at a view: its fields, each also from the other end."""
    return [sign + name for name in getattr(view, "ordering_fields", ()) for sign in ("", "-")]


def known(view: Any) -> set[str]:
    """Return the names an address of this view may carry."""
    names = {"fields", *getattr(view, "query_names", {}).get(getattr(view, "action", ""), ())}
    if getattr(view, "action", "") == "list" and getattr(view, "listed", False):
        names |= {"limit", "cursor"}
        if orderings(view):
            names.add("ordering")
        if filterset := getattr(view, "filterset_class", None):
            names |= set(filterset.base_filters)
    return names


def require_known(view: Any, request: Request) -> None:
    """Refuse a name that means nothing here: a filter with a slip in its name would otherwise return everything."""
    names = known(view)
    wrong = sorted(set(request.query_params) - names)
    if wrong:
        told = _("There is no such parameter here. There are: %(names)s.") % {
            "names": ", ".join(sorted(names))
        }
        raise Invalid(told, fields={name: [told] for name in wrong})


def sparse(view: Any, request: Request, data: Any) -> Any:
    """Return what was asked for with `fields` and nothing else; Invalid for a name that no row has."""
    asked = [name.strip() for value in request.query_params.getlist("fields") for name in value.split(",")]
    if not any(asked):
        return data
    if isinstance(data, list):
        return _thinned(data, asked, _names(view, data))
    if not isinstance(data, dict):
        return data
    for key in ROWS:
        if isinstance(data.get(key), list):
            return {**data, key: _thinned(data[key], asked, _names(view, data[key]))}
    return _thinned([data], asked, list(data))[0]


def _names(view: Any, rows: list[Any]) -> list[str]:
    if rows and isinstance(rows[0], dict):
        return list(rows[0])
    return list(view.serializer_class().fields) if getattr(view, "serializer_class", None) else []


def _thinned(rows: list[Any], asked: Iterable[str], names: list[str]) -> list[Any]:
    if wrong := sorted(set(asked) - set(names)):
        told = _("There is no field %(wrong)s. There are: %(names)s.")
        raise Invalid.field("fields", told % {"wrong": ", ".join(wrong), "names": ", ".join(names)})
    return [{name: row[name] for name in asked if name in row} for row in rows]
