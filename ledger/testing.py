"""For tests and one-process runs: deliver everything here and now."""

from ledger.models import Delivery
from ledger.services import deliver


def run_deliveries(limit: int = 1000) -> int:
    """Let subscribers take deliveries until none is left that works; return how many were taken."""
    taken = 0
    failed: set[int] = set()
    while limit > 0:
        pending = Delivery.objects.filter(parked_at__isnull=True).exclude(pk__in=failed)
        batch = list(pending.order_by("pk").values_list("pk", flat=True)[: min(limit, 200)])
        if not batch:
            break
        for pk in batch:  # what these bring about has a later place
            if deliver(pk):
                taken += 1
            else:
                failed.add(pk)
        limit -= len(batch)
    return taken
