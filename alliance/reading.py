"""Reads JSON objects that people write, naming the path of whatever does not fit."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from core.errors import Invalid

KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


class Reader:
    """One JSON object with its path; every method raises Invalid at the path of what it reads."""

    def __init__(
        self, value: object, path: str, fields: Sequence[str], *, optional: Sequence[str] = ()
    ) -> None:
        self.path = path
        if not isinstance(value, Mapping):
            told = _("Must be an object with these fields: %(fields)s.") % {"fields": ", ".join(fields)}
            raise Invalid.field(path or "$", told)
        self.value: Mapping[str, Any] = value
        for name in value:
            if name not in fields and name not in optional:
                self.fail(
                    str(name)[:60],
                    _("Is not a field here. Fields: %(fields)s.")
                    % {"fields": ", ".join((*fields, *optional))},
                )
        for name in fields:
            if name not in value:
                self.fail(name, _("Is missing."))

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def fail(self, name: str, message: str) -> NoReturn:
        raise Invalid.field(self.at(name), message)

    def has(self, name: str) -> bool:
        return name in self.value

    def text(self, name: str, *, longest: int = 2000) -> str:
        value = self.value[name]
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            self.fail(name, _("Must be a text of 1 to %(longest)d characters.") % {"longest": longest})
        return value

    def match(self, name: str, pattern: re.Pattern[str], example: str) -> str:
        value = self.value[name]
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.fail(name, _("Must look like %(example)s.") % {"example": example})
        return value

    def key(self, name: str, *, longest: int = 60) -> str:
        self.text(name, longest=longest)
        return self.match(name, KEY, "crisis-48-24-12")

    def day(self, name: str) -> date:
        value = self.value[name]
        try:
            if isinstance(value, str) and len(value) == 10:
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.fail(name, _("Must be a date such as 2026-11-23."))

    def flag(self, name: str) -> bool:
        value = self.value[name]
        if not isinstance(value, bool):
            self.fail(name, _("Must be true or false."))
        return value

    def whole(self, name: str, lowest: int, highest: int) -> int:
        value = self.value[name]
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self.fail(
                name, _("Must be a whole number from %(low)d to %(high)d.") % {"low": lowest, "high": highest}
            )
        return value

    def choice(self, name: str, choices: Sequence[str]) -> str:
        value = self.value[name]
        if not isinstance(value, str) or value not in choices:
            self.fail(name, _("Must be one of %(choices)s.") % {"choices": ", ".join(choices)})
        return value

    def items(self, name: str) -> list[Any]:
        value = self.value[name]
        if not isinstance(value, list):
            self.fail(name, _("Must be a list."))
        return value

    def choices(self, name: str, choices: Sequence[str]) -> list[str]:
        values = self.items(name)
        for index, value in enumerate(values):
            if not isinstance(value, str) or value not in choices:
                self.fail(
                    f"{name}.{index}", _("Must be one of %(choices)s.") % {"choices": ", ".join(choices)}
                )
        self.once(name, values)
        return values

    def matches(self, name: str, pattern: re.Pattern[str], example: str) -> list[str]:
        values = self.items(name)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not pattern.fullmatch(value):
                self.fail(f"{name}.{index}", _("Must look like %(example)s.") % {"example": example})
        self.once(name, values)
        return values

    def once(self, name: str, values: Sequence[str]) -> None:
        if len(set(values)) != len(values):
            twice = next(value for index, value in enumerate(values) if value in values[:index])
            self.fail(name, _("%(value)s is there twice.") % {"value": twice})

    def object(self, name: str, fields: Sequence[str], *, optional: Sequence[str] = ()) -> "Reader":
        return Reader(self.value[name], self.at(name), fields, optional=optional)

    def open_object(self, name: str) -> "Reader":
        """Read an object whose field names are data themselves."""
        value = self.value[name]
        names = tuple(map(str, value)) if isinstance(value, Mapping) else ()
        return self.object(name, (), optional=names)

    def objects(
        self, name: str, fields: Sequence[str], *, optional: Sequence[str] = ()
    ) -> "Iterator[Reader]":
        for index, value in enumerate(self.items(name)):
            yield Reader(value, self.at(f"{name}.{index}"), fields, optional=optional)
