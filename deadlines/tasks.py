"""The tick."""

from celery import shared_task

from deadlines import services


@shared_task(name="deadlines.tasks.tick", ignore_result=True)
def tick() -> None:
    services.tick()
