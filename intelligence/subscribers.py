"""What happens when a denial's review falls due."""

from core.models import ref_id
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock, on_due
from intelligence import services
from intelligence.models import Denial


@aggregate_lock("denial")
def lock_denial(pk: int, *, skip_locked: bool) -> bool:
    """Lock a denial; false when another holds it and the caller does not wait."""
    return Denial.objects.select_for_update(skip_locked=skip_locked).filter(pk=pk).first() is not None


@on_due("denial.review")
def review_due(due: DueInstant) -> None:
    """The three years of a denial are over."""
    services.call_for_review(denial=Denial.objects.get(pk=ref_id(due.subject, "denial")))
