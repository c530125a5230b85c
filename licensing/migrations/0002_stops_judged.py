import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A stop has an authority, says what a statistic asks, and can be voided by another person than its owner."""

    dependencies = [
        ('licensing', '0001_initial'),
        ('members', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='clockstop',
            name='answered_before',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='clockstop',
            name='authority',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.authority'),
        ),
        migrations.AddField(
            model_name='clockstop',
            name='basis',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='clockstop',
            name='repeated',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='clockstop',
            name='uid',
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='clockstop',
            name='used_percent',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='clockstop',
            name='void_reason',
            field=models.TextField(blank=True, max_length=4000),
        ),
        migrations.AddField(
            model_name='clockstop',
            name='voided_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='clockstop',
            name='voided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='clockstop',
            constraint=models.CheckConstraint(condition=models.Q(('closed_at__isnull', True), models.Q(('closed_at__gte', models.F('opened_at')), ('closed_at__lte', models.F('expires_at'))), _connector='OR'), name='stop_ends_within'),
        ),
        migrations.AddConstraint(
            model_name='clockstop',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('void_reason', ''), ('voided_at__isnull', True), ('voided_by__isnull', True)), models.Q(('voided_at__isnull', False), ('voided_by__isnull', False), models.Q(('void_reason', ''), _negated=True)), _connector='OR'), name='stop_void_has_reason_and_reviewer'),
        ),
        migrations.AddConstraint(
            model_name='clockstop',
            constraint=models.CheckConstraint(condition=models.Q(('voided_by__isnull', True), models.Q(('voided_by', models.F('owner')), _negated=True), _connector='OR'), name='stop_voided_by_another'),
        ),
    ]
