"""Sending what waits."""

from celery import shared_task

from correspondence import services
from correspondence.webhooks import sending


@shared_task(name="correspondence.tasks.send_waiting", ignore_result=True)
def send_waiting() -> None:
    services.send_waiting()


@shared_task(name="correspondence.tasks.offer_webhooks", ignore_result=True)
def offer_webhooks() -> None:
    """Offer each endpoint that has something to be told to a worker; what nobody takes is offered again."""
    for pk in sending.due():
        serve_webhook.apply_async((pk,), queue="webhooks", expires=2, retry=False)


@shared_task(name="correspondence.tasks.serve_webhook", ignore_result=True)
def serve_webhook(endpoint_id: int) -> None:
    sending.serve(endpoint_id)


@shared_task(name="correspondence.tasks.forget_attempts", ignore_result=True)
def forget_attempts() -> None:
    services.forget_attempts()
