"""The formats that are read: what each is, where it is published and who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from screening.lists import list_open, ofac
from screening.lists.rows import Parsed

Parse = Callable[[Sequence[Path], Mapping[str, Any] | None], Parsed]


@dataclass(frozen=True)
class Format:
    """An official format. `urls` are those of the files in the order in which `parse` takes them."""

    key: str
    title: str
    publisher: str
    list_key: str  # of the list that it is loaded as unless another is named
    files: tuple[str, ...]
    parse: Parse
    urls: tuple[str, ...] = ()


OFAC = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/"

FORMATS: Mapping[str, Format] = {
    entry.key: entry
    for entry in (
        Format(
            key="ofac",
            title="Specially Designated Nationals and Blocked Persons List",
            publisher="US Treasury, OFAC",
            list_key="us-ofac-sdn",
            files=("SDN.CSV", "ALT.CSV", "ADD.CSV"),
            parse=lambda files, mapping: ofac.parse(*files),
            urls=tuple(f"{OFAC}{name}" for name in ("SDN.CSV", "ALT.CSV", "ADD.CSV")),
        ),
        Format(
            key="list-open",
            title="Merged list",
            publisher="",
            list_key="list-open",
            files=("list_open.jsonl.gz",),
            parse=lambda files, mapping: list_open.parse(*files),
        ),
    )
}
