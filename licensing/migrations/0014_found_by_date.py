from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """What was assessed in the last days is found among all; nobody waits while the index is built."""

    atomic = False

    dependencies = [
        ('licensing', '0013_grants_wait'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='assessment',
            index=models.Index(fields=['made_at'], name='assessment_made'),
        ),
    ]
