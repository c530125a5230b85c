"""The ledger's tasks: deliver, sweep, seal."""

from celery import shared_task

from ledger import services


@shared_task(name="ledger.tasks.deliver", ignore_result=True)
def deliver(delivery_id: int) -> None:
    services.deliver(delivery_id)


@shared_task(name="ledger.tasks.sweep", ignore_result=True)
def sweep() -> None:
    services.sweep()


@shared_task(name="ledger.tasks.seal", ignore_result=True)
def seal() -> None:
    services.seal()
