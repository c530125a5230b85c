"""Registrations and uses for tests: an exporter, an authorisation, and a use that nothing is against."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from alliance import instruments
from alliance.models import Declaration, Instrument
from core import clock
from exemptions import authorising, registering
from exemptions.bench import Asked, Line, Party
from exemptions.models import Authorisation, Registration
from members.models import Organisation, Role, User
from tests import factories
from tests.crises import seat

WHY = "Filming sprays needs these cameras this year."
END_USE = "Filming fuel sprays in an optical engine to validate combustion models at the test hall."
HANBIT = "Hanbit Optical Laboratory"


def instrument(key: str) -> Instrument:
    return authorising.row_in_force(key)


def asked(key: str = "trusted-destinations", **changes: Any) -> Asked:
    """A use of that authorisation for cameras to Korea, with every statement it asks for."""
    terms = instruments.terms_of(instrument(key))
    place = ("8 Gwahak-ro, Daejeon", "KR")
    found = Asked(
        lines=(Line("High-speed camera", "6A003", "900710", Decimal(2), "NAR", Decimal("48000.00")),),
        currency="EUR",
        parties=(Party("consignee", HANBIT, *place), Party("end_user", HANBIT, *place)),
        purpose="sale",
        end_use=END_USE,
        military_end_user=False,
        informed=False,
        free_zone=False,
        statements=tuple(one.key for one in terms.statements),
        statement_by="Park Ji-woo, purchasing",
        statement_on=clock.today() - timedelta(days=1),
    )
    return replace(found, **changes)


def line(code: str, **changes: Any) -> Line:
    return replace(Line("Goods", code, "", Decimal(1), "NAR", Decimal(1000)), **changes)


def to(country: str, name: str = HANBIT) -> tuple[Party, Party]:
    place = ("1 Harbour Street", country)
    return Party("consignee", name, *place), Party("end_user", name, *place)


def registered(
    user: User,
    organisation: Organisation,
    key: str = "trusted-destinations",
    authorisation: Authorisation | None = None,
) -> Registration:
    row = instrument(key)
    terms = instruments.terms_of(row)
    return registering.register(
        actor=user,
        organisation=organisation,
        instrument=row,
        undertakings=[one.key for one in terms.undertakings],
        authorisation=authorisation,
        programme=WHY,
    )


def bounds(**changes: Any) -> dict[str, Any]:
    """What a template is granted within: two cameras a day to one laboratory, for 30 days."""
    return {
        "control_codes": ["6A"],
        "destinations": ["KR"],
        "recipients": [HANBIT],
        "cap_of": "value",
        "cap": Decimal(100_000),
        "unit": "EUR",
        "first_day": clock.today(),
        "last_day": clock.today() + timedelta(days=30),
        "report_every_days": 15,
        "reasons": WHY,
        **changes,
    }


def for_crisis(declaration: Declaration, **changes: Any) -> Authorisation:
    """The crisis template granted by two seats."""
    row = instrument("crisis-supply")
    made = authorising.draft(actor=seat("DE"), instrument=row, declaration=declaration, **bounds(**changes))
    return authorising.grant(actor=seat("FR"), authorisation=made)


def for_holder(holder: Organisation, key: str = "individual", **changes: Any) -> Authorisation:
    """An individual or global authorisation granted by two officers of the exporter's member."""
    officer = factories.officer_of(holder.jurisdiction_id, Role.LICENSING_OFFICER)
    made = authorising.draft(actor=officer, instrument=instrument(key), holder=holder, **bounds(**changes))
    return authorising.grant(
        actor=factories.officer_of(holder.jurisdiction_id, Role.DECIDER), authorisation=made
    )
