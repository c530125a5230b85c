"""Sending what waits."""

from celery import shared_task

from correspondence import services


@shared_task(name="correspondence.tasks.send_waiting", ignore_result=True)
def send_waiting() -> None:
    services.send_waiting()
