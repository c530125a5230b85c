"""What the platform itself knows of credentials: `licensing.credentials.checking.Known`, as it is now."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from core import clock
from licensing.credentials import forms, packs
from licensing.credentials.checking import Finding, check
from licensing.credentials.tokens import Flaw, Key, key_of
from licensing.models import LicenceCredential
from licensing.selectors.standings import standing
from licensing.selectors.status_lists import entries
from members import issuing


class Platform:
    """Keys, statuses and what was certified, each read when it is asked for."""

    made_at: int | None = None

    def __init__(self, member: str = "") -> None:
        self.member = member
        self._told: dict[tuple[str, int, int], dict[str, int]] = {}

    @cached_property
    def keys(self) -> Mapping[str, Key]:
        return {key.kid: key for key in map(key_of, issuing.all_keys())}

    def status(self, issuer: str, purpose: str, number: int, index: int, at: datetime) -> int:
        place = issuer[-2:].upper(), number, index
        if place not in self._told:
            row = (
                LicenceCredential.objects.filter(issuer=place[0], list_number=number, list_index=index)
                .select_related("licence__issued_by")
                .first()
            )
            if row is None:
                raise Flaw("status_missing")
            self._told[place] = entries(standing(row.licence), superseded=row.edition < row.licence.edition)
        return self._told[place][purpose]

    def recorded(self, credential: str) -> frozenset[str] | None:
        number, _slash, edition = credential.partition("/")
        rows = LicenceCredential.objects.all()
        if edition:
            rows = (
                rows.filter(licence__number=number, edition=edition) if edition.isdecimal() else rows.none()
            )
        else:
            try:
                rows = rows.filter(uid=uuid.UUID(credential))
            except ValueError:
                return None
        row = rows.first()
        return frozenset(forms.digests(row)) if row else None


def judged(text: str, member: str = "") -> Finding:
    """Judge a credential now, with all the platform knows; `member`: two letters of where the goods are."""
    return check(text, Platform(member), clock.now())


def trusted_keys() -> dict[str, Key]:
    """Return the keys of every member as they are published: what packs are opened with."""
    return {key.kid: key for key in map(key_of, issuing.all_keys())}


def opened_pack(text: str) -> packs.Pack:
    return packs.opened(text, trusted_keys())
