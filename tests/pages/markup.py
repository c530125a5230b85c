"""Compare markup by what it means: elements, classes, references and words, not spaces or names of ids."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

VOID = {"input", "br", "img", "path", "meta", "link", "hr"}
REFERENCES = ("id", "for", "aria-describedby", "aria-labelledby", "aria-controls")
KEPT = (
    "type",
    "value",
    "role",
    "href",
    "rel",
    "inputmode",
    "hidden",
    "aria-label",
    "aria-current",
    "checked",
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root: list[Any] = []
        self.open: list[list[Any]] = [self.root]
        self.ids: dict[str, str] = {}

    def reference(self, value: str) -> str:
        return " ".join(self.ids.setdefault(part, f"#{len(self.ids) + 1}") for part in value.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        told = {name: self.reference(given[name]) for name in REFERENCES if name in given}
        told |= {name: given[name] for name in KEPT if name in given}
        if given.get("href", "").startswith("#"):
            told["href"] = "#"
        children: list[Any] = []
        self.open[-1].append((tag, sorted(given.get("class", "").split()), sorted(told.items()), children))
        if tag not in VOID:
            self.open.append(children)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if words := " ".join(data.split()):
            self.open[-1].append(words)


def outline(html: str) -> list[Any]:
    """Return nested (element, classes, attributes, children); ids become numbers in order of appearance."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root
