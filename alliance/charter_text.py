"""Charters as people write them: YAML or JSON in, YAML out."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml
from django.utils.translation import gettext as _

from core.errors import Invalid

LONGEST = 100_000  # characters


class _Loader(yaml.SafeLoader):
    """Plain values only: no aliases, which could grow without end, no field twice, dates stay texts."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(
                None,
                None,
                "aliases are not used here",
                self.get_event().start_mark,  # type: ignore[no-untyped-call]
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [key.value for key, _value in node.value]
        for position, (key, _value) in enumerate(node.value):
            if names[position] in names[:position]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the field “{str(key.value)[:60]}” is there twice", key.start_mark
                )
        return super().construct_mapping(node, deep)


# Only what JSON has: else NO would be false, 18:00 a number and a date no text.
_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9]\d{0,17})$"), list("-0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"null$|~$|$"), ["n", "~", ""])


def read(text: str) -> object:
    """Return what a text in YAML (or JSON, which is YAML too) says; Invalid names line and column."""
    if len(text) > LONGEST:
        raise Invalid.field("$", _("Is longer than %(most)d characters.") % {"most": LONGEST})
    try:
        # A SafeLoader that knows less: it builds nothing but texts, numbers, lists and objects.
        value: object = yaml.load(text, Loader=_Loader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = (
            _("line %(line)d, column %(column)d") % {"line": mark.line + 1, "column": mark.column + 1}
            if mark
            else ""
        )
        raise Invalid.field("$", _("Not YAML: %(problem)s (%(where)s).") % {
            "problem": str(error.problem or error.context)[:200], "where": where
        }) from error  # fmt: skip
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Invalid.field("$", _("Not YAML: %(problem)s") % {"problem": str(error)[:200]}) from error
    refuse_what_cannot_be_stored(value)
    return value


def refuse_what_cannot_be_stored(value: object, path: str = "") -> None:
    """Raise Invalid at text with NUL or half a surrogate pair, which PostgreSQL refuses, and at odd names."""
    if isinstance(value, str):
        if "\0" in value or any(0xD800 <= ord(letter) <= 0xDFFF for letter in value):
            raise Invalid.field(path or "$", _("Has a character that cannot be stored."))
    elif isinstance(value, dict):
        for name, member in value.items():
            if not isinstance(name, str):
                raise Invalid.field(path or "$", _("Names of fields are texts; put quotes around them."))
            refuse_what_cannot_be_stored(name, path)
            refuse_what_cannot_be_stored(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            refuse_what_cannot_be_stored(member, f"{path}.{index}" if path else str(index))


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)  # type: ignore[no-any-return]


def _short_in_one_line(dumper: yaml.SafeDumper, value: dict[str, Any]) -> yaml.Node:
    plain = all(isinstance(member, str | int) for member in value.values())
    flow = plain and len(str(value)) < 60
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=flow)


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    flow = all(isinstance(member, str | int) for member in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=flow)


_Dumper.add_representer(dict, _short_in_one_line)
_Dumper.add_representer(list, _list)


#: Fields in the order in which a person reads them: the database keeps none.
ORDER = (
    "key", "version", "number", "title", "name", "critical", "legal_basis", "if_nobody_answers",
    "seats", "kind", "ministry", "member", "ministries", "members", "minimum_grade", "substitutes",
    "substitute_after", "cover", "days", "from", "to", "zone", "rule", "qualified", "weights", "weight",
    "blocking_minority", "window", "silence", "on_deadlock", "appeal", "countersign", "objection",
    "source", "confidence", "as_of", "basis", "tiers", "reminders", "rehearse_within", "amount", "unit",
)  # fmt: skip
PLACE = {name: place for place, name in enumerate(ORDER)}


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (PLACE.get(name, len(PLACE)), name))
        return {name: _in_order(value[name]) for name in names}
    return [_in_order(member) for member in value] if isinstance(value, list) else value


def write(payload: object) -> str:
    """Return a charter's payload as YAML that `read` reads back as the same."""
    return yaml.dump(_in_order(payload), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
