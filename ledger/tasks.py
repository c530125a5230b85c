"""The ledger's tasks: deliver, sweep, seal."""

from typing import Any

from celery import shared_task

from ledger import services


@shared_task(name="ledger.tasks.deliver", bind=True, ignore_result=True)
def deliver(self: Any, delivery_id: int) -> None:
    if (self.request.delivery_info or {}).get("redelivered"):
        services.count_lost(delivery_id)
    services.deliver(delivery_id)


@shared_task(name="ledger.tasks.sweep", ignore_result=True)
def sweep() -> None:
    services.sweep()


@shared_task(name="ledger.tasks.seal", ignore_result=True)
def seal() -> None:
    services.seal()
