"""The decision table of humanitarian grounds as it is shipped, without a database."""

from dataclasses import replace

from alliance import aid_reading
from alliance.aid import Table
from tests.alliance.conftest import shipped


def shipped_table() -> Table:
    grounds = shipped("grounds")
    return replace(
        aid_reading.parse(grounds["entries"], grounds["tables"]),
        version=grounds["version"],
        destinations=aid_reading.parse_destinations(shipped("areas")["entries"]),
    )
