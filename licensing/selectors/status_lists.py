"""Status lists of members, computed from where licences stand whenever they are asked for; they stand nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Max, Q

from core import clock
from licensing.credentials import bits, forms
from licensing.credentials.claims import instant
from licensing.models import Licence, LicenceCredential
from licensing.selectors.standings import Standing, standings
from members import issuing
from members.models import IssuerKey

#: How long a list may be kept before it is asked for again, and how long it counts at all.
FRESH, COUNTS = timedelta(minutes=5), timedelta(hours=24)
#: States that a licence leaves only by being confirmed, and then it was provisional.
SETTLED = frozenset(
    {
        Licence.Status.REVOKED,
        Licence.Status.EXPIRED,
        Licence.Status.EXHAUSTED,
        Licence.Status.SURRENDERED,
        Licence.Status.REPLACED,
    }
)


def entries(standing: Standing, *, superseded: bool) -> dict[str, int]:
    """Return what the lists say of one credential, by purpose."""
    superseded = superseded or standing.status == Licence.Status.REPLACED  # by another number
    message = standing.status if standing.status in forms.MESSAGES else "none"
    return {
        "revocation": int(
            superseded or standing.status in (Licence.Status.REVOKED, Licence.Status.SURRENDERED)
        ),
        "suspension": int(standing.held),
        "refresh": int(superseded),
        "message": forms.MESSAGES.index(message),
    }


def statuses(member: str, number: int) -> dict[str, dict[int, int]]:
    """Return the entries of the lists of a member under one number that are not 0, by purpose and index.

    Costs what the places taken in this list cost, however many licences there are; what is settled is told by its
    row, and only the others are judged.
    """
    found: dict[str, dict[int, int]] = {purpose: {} for purpose in forms.PURPOSES}

    def tell(standing: Standing, places: list[int], *, superseded: bool) -> None:
        for purpose, value in entries(standing, superseded=superseded).items():
            if value:
                found[purpose].update(dict.fromkeys(places, value))

    rows = (
        LicenceCredential.objects.filter(issuer=member, list_number=number)
        .order_by()
        .annotate(earlier=Q(edition__lt=F("licence__edition")))
    )
    settled = Q(licence__status__in=SETTLED, licence__confirm_by__isnull=True)
    grouped = rows.filter(settled).values_list("licence__status", "earlier")
    for status, earlier, places in grouped.annotate(places=ArrayAgg("list_index")):
        tell(Standing(status), places, superseded=earlier)
    open_ = list(rows.exclude(settled).values_list("list_index", "earlier", "licence_id"))
    keys = {pk for _index, _earlier, pk in open_}
    judged = standings(Licence.objects.filter(pk__in=keys).select_related("issued_by")) if keys else {}
    for index, earlier, pk in open_:
        tell(judged[pk], [index], superseded=earlier)
    return found


def numbers(member: str) -> range:
    """Return the numbers of the lists of a member."""
    last = LicenceCredential.objects.filter(issuer=member).aggregate(last=Max("list_number"))["last"]
    return range(1, (last or 0) + 1)


def token(key: IssuerKey, number: int, purpose: str, told: dict[int, int], at: datetime) -> str:
    """Sign a list as it is at an instant: within five minutes the same entries are the same token."""
    seconds = int(FRESH.total_seconds())
    begins = datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)
    begins = max(begins, key.valid_from)
    address = forms.status_address(key.jurisdiction_id, purpose, number)
    issuer = issuing.did_of(key.jurisdiction_id)
    claims: dict[str, Any] = {
        "@context": [forms.STANDARD],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "iss": issuer,
        "iat": int(begins.timestamp()),
        "validFrom": instant(begins),
        "validUntil": instant(begins + COUNTS),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "ttl": seconds * 1000,
            "encodedList": bits.encoded(told, forms.PURPOSES[purpose]),
        },
    }
    return issuing.sign(key, claims, forms.VC_JWT, cty="vc")


def lists(key: IssuerKey) -> Iterator[tuple[str, str]]:
    """Yield every list of a member, as (address, token)."""
    now, member = clock.now(), key.jurisdiction_id
    for number in numbers(member):
        for purpose, told in statuses(member, number).items():
            yield forms.status_address(member, purpose, number), token(key, number, purpose, told, now)
