"""What is due from time to time."""

from celery import shared_task

from licensing.services import digests


@shared_task(name="licensing.tasks.send_digests", ignore_result=True)
def send_digests() -> None:
    digests.send_digests()
