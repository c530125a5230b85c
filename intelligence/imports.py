"""Files of denial notices: one officer hands a file in, another lets it be recorded, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache

import pycountry
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from alliance import selectors as alliance
from core import audience as audiences
from core import clock
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref
from core.policies import require
from intelligence import importing, policies, services
from intelligence.importing import Notice, RowError
from intelligence.models import Denial, DenialImport
from intelligence.services import DeniedParty, Sighting
from ledger import services as ledger
from members.models import Jurisdiction, User

MOST_SHOWN = 200  # errors of one file that are told


@cache
def _by_name() -> dict[str, str]:
    found: dict[str, str] = {}
    for one in pycountry.countries:
        for name in (
            one.name,
            getattr(one, "common_name", ""),
            getattr(one, "official_name", ""),
            one.alpha_3,
        ):
            if name:
                found[name.casefold()] = one.alpha_2
        found[one.alpha_2.casefold()] = one.alpha_2
    return found | {"uk": "GB", "usa": "US"}


def iso_code(text: str) -> str:
    """Return the code of a country by code or English name, as ISO writes it; "" if unknown. Asks no database."""
    return _by_name().get(" ".join(text.split()).casefold(), "")


def country_code(text: str) -> str:
    """Return the same, of names as the alliance writes them too."""
    plain = " ".join(text.split()).casefold()
    named = (one.code for one in alliance.countries() if one.name.casefold() == plain)
    return iso_code(text) or next(named, "")


@transaction.atomic
def propose(*, actor: User, filename: str, content: bytes, releasable_to: Iterable[str] = ()) -> DenialImport:
    """Read a file of notices of the actor's member, or of governments that are no members and told it.

    Invalid with row and column of every error, and nothing is kept; Conflict for a file that was brought in before,
    told by its content or by the references in it. `releasable_to`: codes of members, all where none is named.
    """
    require(policies.can_import, actor)
    assert actor.authority is not None
    member = actor.authority.jurisdiction
    Jurisdiction.objects.select_for_update().get(
        pk=member.pk
    )  # two files at once are read one after the other
    members = set(Jurisdiction.objects.values_list("code", flat=True))
    wanted = {code.strip().upper() for code in releasable_to if code.strip()}
    if unknown := sorted(wanted - members):
        raise Invalid.field("releasable_to", _("No member: %(codes)s.") % {"codes": ", ".join(unknown)})
    sha256 = hashlib.sha256(content).hexdigest()
    _once(member, sha256)
    found = importing.read(content, country_code)
    errors = found.errors + _foreign(found.notices, member, members)
    if not errors:
        errors = _repeated(found.notices, member)
    if errors:
        raise _refusal(errors)
    row = DenialImport.objects.create(
        jurisdiction=member,
        filename=(filename.strip() or "denials.csv")[:200],
        sha256=sha256,
        notices=[importing.plain(notice) for notice in found.notices],
        audience=services.audience_of(member.code, wanted),
        proposed_by=actor,
        proposed_at=clock.now(),
    )
    _record("denial_import.proposed", actor, row)
    return row


def _refusal(errors: Sequence[RowError]) -> Invalid:
    fields: dict[str, list[str]] = {}
    for error in errors[:MOST_SHOWN]:
        path = f"rows[{error.row}].{error.column}" if error.column else f"rows[{error.row}]"
        fields.setdefault(path, []).append(str(error))
    if len(errors) > MOST_SHOWN:
        fields["file"] = [_("%(more)d further errors are not shown.") % {"more": len(errors) - MOST_SHOWN}]
    return Invalid(_("Nothing was brought in: the file has errors."), fields=fields)


def _once(member: Jurisdiction, sha256: str) -> None:
    same = DenialImport.objects.exclude(status=DenialImport.Status.SENT_BACK)
    before = same.filter(jurisdiction=member, sha256=sha256).select_related("proposed_by").first()
    if before is not None:
        raise Conflict(
            _("This file was brought in already, by %(who)s on %(day)s.")
            % {"who": before.proposed_by.name, "day": f"{before.proposed_at:%Y-%m-%d}"}
        )


def _foreign(notices: Iterable[Notice], member: Jurisdiction, members: set[str]) -> list[RowError]:
    """A member tells its own denials itself."""
    return [
        RowError(
            notice.row,
            "notifying_government",
            _("%(code)s is a member: its own officers bring its denials in.") % {"code": notice.government},
        )
        for notice in notices
        if notice.government in members and notice.government != member.code
    ]


def _key(government: str, reference: str) -> str:
    return f"{government}/{reference.casefold()}"


def _repeated(notices: Sequence[Notice], member: Jurisdiction) -> list[RowError]:
    """Name the notices that are recorded already or wait in another file; Conflict where all of them are."""
    known = {
        _key(row.denied_by, row.regime_reference): row.reference
        for row in Denial.objects.filter(jurisdiction=member).exclude(regime_reference="")
    }
    waiting = DenialImport.objects.filter(jurisdiction=member, status=DenialImport.Status.PROPOSED)
    for row in waiting:
        for kept in row.notices:
            known.setdefault(_key(kept["government"], kept["regime_reference"]), row.filename)
    errors = [
        RowError(
            notice.row,
            "regime_reg_ref",
            _("%(reference)s is here already: %(where)s.")
            % {
                "reference": notice.regime_reference,
                "where": known[_key(notice.government, notice.regime_reference)],
            },
        )
        for notice in notices
        if _key(notice.government, notice.regime_reference) in known
    ]
    if errors and len(errors) == len(notices):
        raise Conflict(_("Every denial in this file was brought in before. %(first)s") % {"first": errors[0]})
    return errors


def _locked(row: DenialImport) -> DenialImport:
    found = DenialImport.objects.select_for_update(of=("self",)).select_related("jurisdiction", "proposed_by")
    return found.get(pk=row.pk)


@transaction.atomic
def confirm(*, actor: User, row: DenialImport) -> list[Denial]:
    """Record every denial of a file, as a second officer: all of them, or none."""
    row = _locked(row)
    require(policies.can_second_import, actor, row)
    if row.status != DenialImport.Status.PROPOSED:
        raise Conflict(_("This file does not wait for a second officer."))
    notices = [Notice(**kept) for kept in row.notices]
    found: list[Denial] = []
    for number, notice in enumerate(notices):
        try:
            with transaction.atomic():
                found.append(_denial(actor, row, number, notice))
        except IntegrityError as error:
            raise Conflict(
                _("%(reference)s was recorded in the meantime; send the file back.")
                % {"reference": notice.regime_reference}
            ) from error
    row.confirm()
    row.seconded_by, row.seconded_at = actor, clock.now()
    row.save()
    _record("denial_import.confirmed", actor, row)
    return found


def _denial(actor: User, row: DenialImport, number: int, notice: Notice) -> Denial:
    source = f"{ref(row)}:{number}"
    parties = services.share_parties(
        sightings=[Sighting(one["name"], one["country"], one["entity_type"]) for one in notice.parties],
        source_ref=source,
        audience=Audience.of(*row.audience),
    )
    member = row.jurisdiction
    named = [key.removeprefix("jurisdiction:") for key in row.audience if key != audiences.ALLIANCE]
    return services.record_denial(
        actor=actor,
        source_ref=source,
        jurisdiction=member,
        parties=[
            DeniedParty(party, one["entity_type"], one["address"])
            for party, one in zip(parties, notice.parties, strict=True)
        ],
        control_codes=[notice.code],
        destination=notice.destination,
        ground_code="",
        summary=notice.reason,
        lines=[
            {
                "code": notice.code,
                "description": notice.description,
                "quantity": notice.quantity,
                "unit": notice.unit,
            }
        ],
        end_use=notice.end_use,
        regime_reference=notice.regime_reference,
        national_reference=notice.national_reference,
        notified_by="" if notice.government == member.code else notice.government,
        releasable_to=named,
    )


@transaction.atomic
def send_back(*, actor: User, row: DenialImport, remark: str) -> DenialImport:
    """Send a file back as a second officer; nothing of it is recorded, and it can be brought in again."""
    row = _locked(row)
    require(policies.can_second_import, actor, row)
    if row.status != DenialImport.Status.PROPOSED:
        raise Conflict(_("This file does not wait for a second officer."))
    if not remark.strip():
        raise Invalid.field("remark", _("Say why you send it back."))
    row.send_back()
    row.seconded_by, row.seconded_at, row.remark = actor, clock.now(), remark.strip()[:2000]
    row.save()
    _record("denial_import.sent_back", actor, row, remark=row.remark[:1000])
    return row


def _record(type_: str, actor: User, row: DenialImport, **facts: object) -> None:
    ledger.record(
        type_,
        actor=actor,
        subject=row,
        aggregate=ref(row),
        audience=Audience.of(audiences.jurisdiction(row.jurisdiction_id)),
        facts={"file": row.filename, "sha256": row.sha256, "denials": len(row.notices), **facts},
    )
