"""Plain values that components are made of; a mapping with the same names serves as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise

Words = str | Promise


@dataclass(frozen=True)
class Row:
    """A row of a summary list. `action` is a verb; `about` completes it for those who hear it alone."""

    key: Words
    value: object
    href: str = ""
    action: Words = ""
    about: Words = ""


@dataclass(frozen=True)
class Task:
    """A line of a task list."""

    title: Words
    href: str
    status: Words
    state: Literal["done", "todo", "problem", "locked"] = "todo"
    hint: Words = ""


@dataclass(frozen=True)
class Tab:
    """A tab that is an address."""

    label: Words
    href: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Step:
    """A step of a long procedure."""

    title: Words
    state: Literal["done", "now", "todo"]
    note: Words = ""


@dataclass(frozen=True)
class Change:
    """A value that one revision gives and the next changes."""

    label: Words
    before: object
    after: object


@dataclass(frozen=True)
class Chip:
    """A filter in force, and the address without it."""

    label: str
    href: str
