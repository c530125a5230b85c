import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The database refuses two versions of one entry at a time."""

    dependencies = [
        ('screening', '0002_list_intervals_filled'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='entry',
            name='source_list',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='screening.sourcelist'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('source_list', 'entry_id'), name='entry_once_in_force'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('since', 'entry_id'), name='entry_begins_once'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gt', models.F('since')), _connector='OR'), name='entry_ends_later'),
        ),
        migrations.AddConstraint(
            model_name='sourcelist',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('failed_at__isnull', True), ('failure', '')), models.Q(('failed_at__isnull', False), models.Q(('failure', ''), _negated=True)), _connector='OR'), name='list_failure_iff_dated'),
        ),
        migrations.AddConstraint(
            model_name='ownershiplink',
            constraint=models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('source_list', 'owner', 'owned'), name='link_once_in_force'),
        ),
        migrations.AddConstraint(
            model_name='ownershiplink',
            constraint=models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gt', models.F('since')), _connector='OR'), name='link_ends_later'),
        ),
        migrations.AddConstraint(
            model_name='ownershiplink',
            constraint=models.CheckConstraint(condition=models.Q(('share__isnull', True), ('share__range', (0, 100)), _connector='OR'), name='link_share_is_a_percentage'),
        ),
    ]
