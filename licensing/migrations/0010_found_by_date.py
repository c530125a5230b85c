from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """What was decided or assessed in the last days is found among all; nobody waits while the index is built."""

    atomic = False

    dependencies = [
        ('licensing', '0009_grants_wait'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='case',
            index=models.Index(condition=models.Q(('decided_at__isnull', False)), fields=['decided_at'], name='case_decided'),
        ),
        AddIndexConcurrently(
            model_name='assessment',
            index=models.Index(fields=['made_at'], name='assessment_made'),
        ),
    ]
