"""What happens when a denial's review falls due."""

from collections.abc import Sequence

from core.models import ref_id
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock, on_due
from intelligence import services
from intelligence.models import Denial


@aggregate_lock("denial")
def lock_denials(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock denials; see `deadlines.registry.AggregateLock`."""
    rows = Denial.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


@on_due("denial.review")
def review_due(due: DueInstant) -> None:
    """The three years of a denial are over."""
    services.call_for_review(denial=Denial.objects.get(pk=ref_id(due.subject, "denial")))
