"""What a provider's record leaves of the share that silence grants provisionally."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('licensing', '0021_keep_what_asks_for_keys'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='provisionalgrant',
            name='allowance',
            field=models.PositiveSmallIntegerField(db_default=100, default=100),
        ),
        migrations.AddConstraint(
            model_name='provisionalgrant',
            constraint=models.CheckConstraint(condition=models.Q(('allowance__gte', 1), ('allowance__lte', 100)), name='provisional_allowance_is_a_share'),
        ),
    ]
