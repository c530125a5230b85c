"""What is due from time to time and depends on nothing."""

from celery import shared_task

from members.services import access


@shared_task(name="members.tasks.forget_expired", ignore_result=True)
def forget_expired() -> None:
    access.forget_expired()
