"""Every operation of the platform, read from its URL configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

from api.bodies import takes_body


@dataclass(frozen=True)
class Operation:
    """One method at one address; `template` is its path with `%(name)s` for each parameter."""

    name: str
    method: str
    template: str
    parameters: tuple[str, ...]
    takes_body: bool = True

    @property
    def nouns(self) -> tuple[tuple[str, str], ...]:
        """(parameter, the plain segment before it): what kind of thing an address names."""
        return tuple(
            (parameter, re.findall(r"([a-z0-9-]*)/?$", self.template.split(f"%({parameter})s")[0])[0])
            for parameter in self.parameters
        )

    @property
    def is_api(self) -> bool:
        return self.template.startswith(("/api/", "/taxii2/")) or self.name == "oauth-token"

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[tuple[URLPattern, str, str]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield entry, prefix + _plain(entry), f"{namespace}{entry.name}"
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, prefix + _plain(entry), inner)


def _plain(entry: URLPattern | URLResolver) -> str:
    """The path of one entry with `%(name)s` for each parameter."""
    text = str(entry.pattern)
    if "(?P<" in text or text.startswith("^"):
        return str(normalize(text)[0][0])
    return re.sub(r"<(?:\w+:)?(\w+)>", r"%(\1)s", text)


def _takes_body(callback: Any, action: str, method: str) -> bool:
    view = callback.cls(**callback.initkwargs)
    view.action, view.request, view.format_kwarg, view.kwargs = action, None, None, {}
    return method == "get" or takes_body(view, method.upper())


def operations() -> list[Operation]:
    """Return all operations; a page is tried with GET and with POST, the API with the methods it declares."""
    found = []
    for entry, path, name in _walk(get_resolver(), "/", ""):
        parameters = tuple(re.findall(r"%\((\w+)\)s", path))
        actions = getattr(entry.callback, "actions", None)
        for method in set(actions or ("get", "post")) - {"head"}:  # HEAD is GET without its body
            takes = actions is None or _takes_body(entry.callback, actions[method], method)
            found.append(Operation(name, method.upper(), path, parameters, takes))
    return sorted(found, key=str)
