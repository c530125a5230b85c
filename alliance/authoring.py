"""Writing charters, and putting them into force by two persons."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import charter_check, charter_text, charters, policies, selectors
from alliance.charters import CharterData
from alliance.models import AuthoredCharter, Charter
from alliance.versions import note, record
from core import clock
from core.errors import Blocked, Invalid
from core.policies import require
from members.models import Jurisdiction, User


def read(text: str) -> tuple[CharterData, charter_check.Report, object]:
    """Return the charter a text describes, what its check found, and its payload; Invalid names what is wrong."""
    payload = charter_text.read(text)
    return *judge(payload), payload


def judge(payload: object) -> tuple[CharterData, charter_check.Report]:
    """Return the charter a payload describes and what its check found; Invalid names the path of what is wrong."""
    charter = charters.parse(payload)
    known = set(Jurisdiction.objects.values_list("code", flat=True))
    for tier in charter.tiers:
        if strangers := set(tier.seats.members) - known:
            raise Invalid.field(
                f"tiers.{tier.number}.seats.members",
                _("%(code)s is no member of the alliance.") % {"code": min(strangers)},
            )
    return charter, charter_check.check(charter)


@transaction.atomic
def write(*, actor: User, text: str, charter: AuthoredCharter | None = None) -> AuthoredCharter:
    """Keep a version of a charter, new or instead of what its author wrote before, and check it.

    A version with a hole is kept as a draft; one without is checked, and another person can activate it.
    Invalid names the path of what does not fit; Conflict when there is such a version already.
    """
    if charter is None:
        require(policies.can_author, actor)
    else:
        charter = AuthoredCharter.objects.select_for_update().get(pk=charter.pk)
        require(policies.can_edit, actor, charter)
    said, report, payload = read(text)
    new = charter is None
    charter = charter or AuthoredCharter(author=actor, written_at=clock.now())
    note(
        charter,
        said=said,
        text=text,
        payload=payload,
        shipped=Charter.objects.filter(key=said.key, version=said.version).exists(),
    )
    if report.sound:
        charter.pass_check()
    else:
        charter.find_hole()
    charter.save()
    record(
        "charter.drafted" if new else "charter.revised",
        actor,
        charter,
        states=report.states,
        holes=[f"{hole.path}: {hole.sentence}" for hole in report.holes],
    )
    return charter


@transaction.atomic
def activate(*, actor: User, charter: AuthoredCharter, effective_from: date) -> AuthoredCharter:
    """Put a checked version into force from a day on, as another person than its author.

    It is checked once more: duty hours are followed through the years to come. Blocked when a routing
    criterion in force leads to this key and could not bear the version.
    """
    charter = AuthoredCharter.objects.select_for_update().get(pk=charter.pk)
    require(policies.can_activate, actor, charter)
    if effective_from < clock.today():
        raise Invalid.field(
            "effective_from", _("Choose today or a day to come: nothing is agreed backwards.")
        )
    said, report, _payload = read(charter.text)
    if blockers := [f"{hole.path}: {hole.sentence}" for hole in report.holes] + _unbearable(said):
        raise Blocked(_("This version cannot be activated."), blockers=blockers)
    charter.activate(actor)
    charter.effective_from, charter.changed_at = effective_from, clock.now()
    charter.save()
    record(
        "charter.activated",
        actor,
        charter,
        effective_from=effective_from.isoformat(),
        states=report.states,
        public=True,
    )
    return charter


def _unbearable(said: CharterData) -> list[str]:
    """Why the criteria in force could not bear a version: sentences, none when they can."""
    reviewed = any(
        row.outcome.get("charter") == said.key and row.outcome.get("review") for row in selectors.criteria()
    )
    found = []
    if reviewed and said.silence_may_approve:
        found.append(_("While a case awaits a review, silence may not approve."))
    before = next((one for one in selectors.all_charters() if one.key == said.key), None)
    if before is not None and before.critical and not said.critical:
        found.append(_("The version in force is for critical items; its successor has to be so too."))
    return found


@transaction.atomic
def retire(*, actor: User, charter: AuthoredCharter, reason: str) -> AuthoredCharter:
    """Take a version out of force, or withdraw one that never was; cases under it keep it to their end.

    What was in force before it is in force again. Blocked when nothing would be and a criterion leads here.
    """
    charter = AuthoredCharter.objects.select_for_update().get(pk=charter.pk)
    require(policies.can_retire, actor, charter)
    if len(reason.strip()) < 10:
        raise Invalid.field("reason", _("Say in at least 10 characters why."))
    was_active = charter.status == AuthoredCharter.Status.ACTIVE
    charter.retire(actor, reason.strip()[:1000])
    charter.changed_at = clock.now()
    charter.save()
    if was_active:
        _require_followed(charter)
    record("charter.retired", actor, charter, reason=charter.retired_because, public=was_active)
    return charter


def _require_followed(charter: AuthoredCharter) -> None:
    keys = {one.key for one in selectors.all_charters()}
    led = [row.sentence for row in selectors.criteria() if row.outcome.get("charter") == charter.key]
    if charter.key not in keys and led:
        raise Blocked(
            _("Routing criteria lead to this charter and nothing would take its place."), blockers=led
        )
