"""The formats that are read: what each is, where it is published and who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from screening.lists import eu_fsf, generic, list_open, ofac, ofac_advanced, opensanctions, uk, un_xml, us_csl
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


def _given(files: Sequence[Path], most: int) -> Sequence[Path]:
    """Return the files; Invalid where there is none or are too many."""
    if not 1 <= len(files) <= most:
        raise Invalid.field(
            "file", _("%(given)s files where there should be %(most)s.") % {"given": len(files), "most": most}
        )
    return files


def _up_to(most: int, parse: Callable[..., Parsed]) -> Parse:
    """Return a parser of so many files at most that asks for no columns."""
    return lambda files, mapping: parse(*_given(files, most))


OFAC = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/"
EU = "https://webgate.ec.europa.eu/fsd/fsf/public/files/xmlFullSanctionsList_1_1/content"
OPENSANCTIONS = "https://data.opensanctions.org/datasets/latest/sanctions/"

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
            key="ofac-advanced",
            title="Specially Designated Nationals and Blocked Persons List, advanced",
            publisher="US Treasury, OFAC",
            list_key="us-ofac-sdn-advanced",
            files=("SDN_ADVANCED.XML",),
            parse=_up_to(1, ofac_advanced.parse),
            urls=(f"{OFAC}SDN_ADVANCED.XML",),
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
            key="eu-fsf",
            title="Consolidated list of persons, groups and entities subject to EU financial sanctions",
            publisher="European Commission",
            list_key="eu-fsf",
            files=("xmlFullSanctionsList_1_1.xml",),
            parse=_up_to(1, eu_fsf.parse),
            # The token is not a secret: the Commission publishes it in the address.
            urls=(f"{EU}?token=dG9rZW4tMjAxNw",),
        ),
        Format(
            key="uk",
            title="UK Sanctions List",
            publisher="UK Foreign, Commonwealth and Development Office",
            list_key="uk-sanctions",
            files=("UK-Sanctions-List.csv",),
            parse=_up_to(1, uk.parse),
            urls=("https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.csv",),
        ),
        Format(
            key="opensanctions",
            title="OpenSanctions, sanctioned entities",
            publisher="OpenSanctions",
            list_key="opensanctions",
            files=("targets.simple.csv",),
            parse=_up_to(1, opensanctions.parse_targets),
            urls=(f"{OPENSANCTIONS}targets.simple.csv",),
        ),
        Format(
            key="ftm",
            title="OpenSanctions, sanctioned entities with who owns whom",
            publisher="OpenSanctions",
            list_key="opensanctions-ftm",
            files=("entities.ftm.json",),
            parse=_up_to(1, opensanctions.parse_entities),
            urls=(f"{OPENSANCTIONS}entities.ftm.json",),
        ),
        Format(
            key="generic",
            title="Own list",
            publisher="",
            list_key="own",
            files=("list.csv",),
            parse=lambda files, mapping: generic.parse(_given(files, 1)[0], mapping),
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
