from django.db import migrations, models


class Migration(migrations.Migration):
    """The few lapses are found among all events."""

    dependencies = [
        ('ledger', '0002_append_only'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('type__in', ('window.lapsed', 'decision.overdue'))), fields=['at'], name='event_lapses'),
        ),
    ]
