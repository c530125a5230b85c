import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations


class Migration(migrations.Migration):
    """Officers search the entries of the lists by their words."""

    dependencies = [
        ('screening', '0003_hits_judged'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='entry',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('entry_id', 'part', 'programmes', 'remarks', 'identifiers', 'addresses', config='simple'), name='entry_own_words'),
        ),
        migrations.AddIndex(
            model_name='entryname',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('name', config='simple'), name='entry_name_words'),
        ),
    ]
