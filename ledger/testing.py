"""For tests and one-process runs: deliver everything here and now."""

from ledger.models import Delivery
from ledger.services import deliver


def run_deliveries(limit: int = 1000) -> int:
    """Let subscribers take deliveries until none is left that works; return how many were taken."""
    taken = 0
    failed: set[int] = set()
    for _ in range(limit):
        pending = Delivery.objects.filter(parked_at__isnull=True).exclude(pk__in=failed)
        pk = pending.order_by("pk").values_list("pk", flat=True).first()
        if pk is None:
            break
        if deliver(pk):
            taken += 1
        else:
            failed.add(pk)
    return taken
