"""What was told before there were collections is shared as if it were told now: the sweep delivers it."""

from django.db import migrations

STANDING = {
    "sharing.subscribers.share_denial": ("denial.recorded", "denial.withdrawn", "denial.reviewed"),
    "sharing.subscribers.share_report": ("suspicious_order.filed",),
    "sharing.subscribers.share_guidance": ("guidance.issued",),
}


def share(apps, schema_editor):
    Event, Delivery = apps.get_model("ledger", "Event"), apps.get_model("ledger", "Delivery")
    for subscriber, types in STANDING.items():
        for event in Event.objects.filter(type__in=types).order_by("pk").iterator():
            Delivery.objects.get_or_create(
                event=event,
                subscriber=f"{subscriber}:{event.type}",
                defaults={"queue": "standard", "next_attempt_at": event.at},
            )


class Migration(migrations.Migration):
    dependencies = [("sharing", "0002_keep_what_was_shared"), ("ledger", "0004_find_by_time")]

    operations = [migrations.RunPython(share, migrations.RunPython.noop)]
