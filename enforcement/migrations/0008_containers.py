"""Numbers of the containers of a shipment."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enforcement', '0007_keep_drawdown'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='shipment',
            name='containers',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=11), db_default=models.Value([], django.contrib.postgres.fields.ArrayField(base_field=models.CharField(), size=None)), default=list, size=None),
        ),
    ]
