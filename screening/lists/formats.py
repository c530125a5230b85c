"""The formats that are read: what each is, where it is published and who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from screening.lists import list_open, ofac, un_xml, us_csl
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


def _up_to(most: int, parse: Callable[..., Parsed]) -> Parse:
    """Return a parser of so many files at most that asks for no columns."""

    def checked(files: Sequence[Path], mapping: Mapping[str, Any] | None) -> Parsed:
        if not 1 <= len(files) <= most:
            raise Invalid.field(
                "file",
                _("%(given)s files where there should be %(most)s.") % {"given": len(files), "most": most},
            )
        return parse(*files)

    return checked


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
            parse=_up_to(3, ofac.parse),
            urls=tuple(f"{OFAC}{name}" for name in ("SDN.CSV", "ALT.CSV", "ADD.CSV")),
        ),
        Format(
            key="ofac-cons",
            title="Consolidated Sanctions List (Non-SDN)",
            publisher="US Treasury, OFAC",
            list_key="us-ofac-cons",
            files=("CONS_PRIM.CSV", "CONS_ALT.CSV", "CONS_ADD.CSV"),
            parse=_up_to(3, ofac.parse),
            urls=tuple(f"{OFAC}{name}" for name in ("CONS_PRIM.CSV", "CONS_ALT.CSV", "CONS_ADD.CSV")),
        ),
        Format(
            key="us-csl",
            title="Consolidated Screening List",
            publisher="US Commerce, International Trade Administration",
            list_key="us-csl",
            files=("consolidated.csv",),
            parse=_up_to(1, us_csl.parse),
            urls=("https://data.trade.gov/downloadable_consolidated_screening_list/v1/consolidated.csv",),
        ),
        Format(
            key="un",
            title="United Nations Security Council Consolidated List",
            publisher="United Nations Security Council",
            list_key="un-sc",
            files=("consolidated.xml",),
            parse=_up_to(1, un_xml.parse),
            urls=("https://scsanctions.un.org/resources/xml/en/consolidated.xml",),
        ),
        Format(
            key="list-open",
            title="Merged list",
            publisher="",
            list_key="list-open",
            files=("list_open.jsonl.gz",),
            parse=_up_to(1, list_open.parse),
        ),
    )
}
