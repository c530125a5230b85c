"""What happens when the date comes to which a member is offline, and when a mandate is about to end."""

from collections.abc import Sequence

from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock, on_due
from members.models import Absence, Mandate
from members.services import duty, mandates


@aggregate_lock("absence")
def lock_absences(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock absences; see `deadlines.registry.AggregateLock`."""
    rows = Absence.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


@on_due(duty.ABSENCE_END)
def end_absence(due: DueInstant) -> None:
    duty.absence_over(due)


@aggregate_lock("mandate")
def lock_mandates(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock mandates; see `deadlines.registry.AggregateLock`."""
    rows = Mandate.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


@on_due(mandates.ENDING)
def tell_that_a_mandate_ends(due: DueInstant) -> None:
    mandates.mandate_ends_soon(due)
