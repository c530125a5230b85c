"""Whether licences hold now: what gates and pages ask, with the measures of crises in force read once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core import clock
from core.instants import in_zones
from licensing import waived
from licensing.models import Licence
from licensing.selectors.trades import suspended


@dataclass(frozen=True)
class Standing:
    """The status of a licence today in its issuer's zone, and why where there is something to say."""

    status: str
    reason: str = ""
    held: bool = (
        False  # suspended, by its issuer, a measure or its waiver, though another status may be told first
    )


def standings(licences: Iterable[Licence]) -> dict[int, Standing]:
    """Return where licences stand, by key; the number of queries does not grow with theirs.

    One under a waiver is not suspended by the measures the waiver lifts, as long as that is in force; and it is
    held up while the waiver is suspended or once it is revoked, whatever measures say.
    """
    found, now = list(licences), clock.now()
    by_measure = suspended(found)
    by_waiver = waived.of_licences([one.pk for one in found])
    answers = {}
    for licence in found:
        use, holds = by_waiver.get(licence.pk, (None, True))
        bears = [
            one
            for one in by_measure.get(licence.pk, [])
            if use is None or not waived.lifts_now(use.waiver, one, holds=holds)
        ]
        bearing = bears[0] if bears else None
        today = clock.today(licence.issued_by.timezone)
        stopped = bearing is not None or not holds
        status = licence.effective_status(today, measure=stopped, at=now)
        reason = licence.status_reason
        if licence.provisional and status == Licence.Status.REVOKED and not reason:
            reason = _("It was provisional, and nobody confirmed it in time.")
        if status == "not_yet_valid" and licence.waits(now) and licence.takes_effect_at:
            reason = _("It takes effect at %(at)s.") % {
                "at": in_zones(licence.takes_effect_at, [licence.issued_by.timezone])
            }
        if licence.status == Licence.Status.ISSUED and status == Licence.Status.SUSPENDED:
            if use is not None and not holds:
                reason = _("The waiver of a crisis measure that it rests on does not hold now.")
            elif bearing is not None:
                reason = _("Suspended by a measure of the crisis %(reference)s: %(measure)s.") % {
                    "reference": bearing.crisis.reference,
                    "measure": bearing.measure.title,
                }
        answers[licence.pk] = Standing(status, reason, stopped or licence.status == Licence.Status.SUSPENDED)
    return answers


def standing(licence: Licence) -> Standing:
    return standings([licence])[licence.pk]
