"""Reading long files part by part: elements of XML and objects of JSON lines. Pure."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from django.utils.translation import gettext as _

from screening.lists.rows import broken, folded, unreadable

CHUNK = 1 << 18  # bytes
LONGEST_LINE, LARGEST = (
    1 << 26,
    1 << 34,
)  # bytes, unpacked: a small file can unpack to more than a machine holds
DEEPEST = 50  # elements within elements; the deepest official format has 12


class _Refused(Exception):
    """Why a document is not read on."""


class _Builder:
    """Builds the elements of some names and lets go of all others."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self.wanted = wanted
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.depth = 0
        self.kept_from = 0  # depth of the element that is built
        self.line = 0
        self.tree = TreeBuilder()
        self.done: list[tuple[int, Element]] = []

    def doctype(self, *about: Any) -> None:
        # With no document type there are no entities: neither expanded without end nor fetched from elsewhere.
        raise _Refused(_("a document type declaration, which no published list has"))

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Refused(_("elements are nested too deeply"))
        name = tag.rpartition(" ")[2]
        plain = {key.rpartition(" ")[2]: folded(value) for key, value in attributes.items()}
        if self.depth == 1:
            self.done.append((self.parser.CurrentLineNumber, Element(name, plain)))
        elif not self.kept_from and name in self.wanted:
            self.kept_from, self.line, self.tree = self.depth, self.parser.CurrentLineNumber, TreeBuilder()
        if self.kept_from:
            self.tree.start(name, plain)

    def end(self, tag: str) -> None:
        if self.kept_from:
            element = self.tree.end(tag.rpartition(" ")[2])
            if self.kept_from == self.depth:
                self.done.append((self.line, element))
                self.kept_from = 0
        self.depth -= 1

    def data(self, text: str) -> None:
        if self.kept_from:
            self.tree.data(text)


def elements(path: Path, root: str, *wanted: str) -> Iterator[tuple[int, Element]]:
    """Yield (line, element): first the root with nothing in it, then every element of the wanted names, whole.

    Names are without namespace. Invalid, with the line, for XML that is broken or cut, that has another root, or
    that declares a document type. Whoever reads on must read to the end: a cut is seen there.
    """
    builder = _Builder(frozenset(wanted))
    first = True
    try:
        with path.open("rb") as stream:
            while True:
                chunk = stream.read(CHUNK)
                builder.parser.Parse(chunk, not chunk)
                ready, builder.done = builder.done, []
                for line, element in ready:
                    if first and element.tag != root:
                        raise broken(path, line, _("the root element is not %(root)s") % {"root": root})
                    first = False
                    yield line, element
                if not chunk:
                    return
    except OSError as error:
        raise unreadable(path, error) from None
    except expat.ExpatError as error:
        raise broken(path, error.lineno, expat.ErrorString(error.code) or str(error)) from None
    except (_Refused, ValueError, LookupError) as error:  # the latter two: encodings that are not known
        raise broken(path, builder.parser.CurrentLineNumber, str(error)) from None


def said(element: Element | None, path: str = "") -> str:
    """Return the text at a path, blanks folded; empty where there is none."""
    text = element if element is None or not path else element.find(path)
    return "" if text is None else folded("".join(text.itertext()))


def all_said(element: Element, path: str) -> list[str]:
    """Return the texts at a path that are not empty."""
    return [text for found in element.findall(path) if (text := folded("".join(found.itertext())))]


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield (line number, line) of a file, unpacked where it was compressed with gzip."""
    number, read = 0, 0
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            with gzip.open(raw) if packed else nullcontext(raw) as stream:
                while line := stream.readline(LONGEST_LINE + 1):
                    number, read = number + 1, read + len(line)
                    if len(line) > LONGEST_LINE or read > LARGEST:
                        raise broken(path, number, _("it is longer than any list"))
                    yield number, line
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise broken(path, number + 1, _("it cannot be unpacked: %(why)s") % {"why": error}) from None
    except OSError as error:
        raise unreadable(path, error) from None


def objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line, object) of JSON lines, also compressed; Invalid, with the line, for one that is none."""
    for line, raw in _lines(path):
        try:
            text = raw.decode("utf-8-sig" if line == 1 else "utf-8").strip()
            found = json.loads(text) if text else {}
        except (ValueError, RecursionError):
            raise broken(path, line, _("this is no line of JSON")) from None
        if not isinstance(found, dict):
            raise broken(path, line, _("this is no JSON object"))
        if text:
            yield line, found


def texts(path: Path, line: int, about: dict[str, Any], name: str) -> list[str]:
    """Return the texts of a field, which may be absent; Invalid where it holds anything else."""
    value = about.get(name)
    values = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in values):
        raise broken(path, line, _("%(field)s is not text") % {"field": name})
    return [plain for text in values if (plain := folded(text))]
