import django.db.models.deletion
import django_fsm
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A hit may be unsure, one that is not strong is cleared by one officer, and cleared pairs are remembered."""

    dependencies = [
        ('intelligence', '0001_initial'),
        ('screening', '0002_list_mapping'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='ClearedPair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('jurisdiction', models.CharField(max_length=2)),
                ('list_key', models.CharField(max_length=40)),
                ('entry_id', models.CharField(max_length=100)),
                ('party_sha256', models.CharField(max_length=64)),
                ('entry_sha256', models.CharField(max_length=64)),
                ('strong', models.BooleanField()),
                ('reason', models.TextField()),
                ('cleared_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['-cleared_at', '-pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='hit',
            name='hit_once_per_case_pair_and_closeness',
        ),
        migrations.RemoveConstraint(
            model_name='hit',
            name='hit_four_eyes',
        ),
        migrations.RemoveConstraint(
            model_name='hit',
            name='hit_resolved_iff_dated',
        ),
        migrations.AddField(
            model_name='hit',
            name='alignment',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='hit',
            name='entry_sha256',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='hit',
            name='party_sha256',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='hit',
            name='remember_days',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='hit',
            name='unsure_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='hit',
            name='status',
            field=django_fsm.FSMField(choices=[('open', 'To be judged'), ('unsure', 'Unsure: waits for information'), ('proposed_clear', 'Clearance waits for a second officer'), ('cleared', 'Cleared: not the listed party'), ('confirmed', 'Confirmed: the listed party')], default='open', max_length=15, protected=True),
        ),
        migrations.AddField(
            model_name='clearedpair',
            name='cleared_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clearedpair',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clearedpair',
            name='hit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remembered', to='screening.hit'),
        ),
        migrations.AddField(
            model_name='clearedpair',
            name='seconded_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clearedpair',
            name='shared_party',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cleared_pairs', to='intelligence.sharedparty'),
        ),
        migrations.AddField(
            model_name='hit',
            name='pair',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cleared', to='screening.clearedpair'),
        ),
        migrations.AddIndex(
            model_name='hit',
            index=models.Index(fields=['shared_party', 'list_key', 'entry_id'], name='hit_by_pair'),
        ),
        migrations.AddIndex(
            model_name='hit',
            index=models.Index(fields=['lead', 'status', '-score'], name='hit_queue'),
        ),
        migrations.AddConstraint(
            model_name='hit',
            constraint=models.UniqueConstraint(fields=('case_ref', 'shared_party', 'list_key', 'entry_id', 'rule', 'score', 'party_sha256', 'entry_sha256'), name='hit_once_per_case_pair_and_closeness'),
        ),
        migrations.AddConstraint(
            model_name='hit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'cleared'), _negated=True), models.Q(('proposed_by__isnull', True), ('resolved_by__isnull', False), ('strong', False)), models.Q(('proposed_by__isnull', False), ('resolved_by__isnull', False), models.Q(('proposed_by', models.F('resolved_by')), _negated=True)), _connector='OR'), name='hit_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='hit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', False), ('status__in', ['cleared', 'confirmed'])), models.Q(('status__in', ['open', 'unsure', 'proposed_clear']), ('resolved_at__isnull', True)), _connector='OR'), name='hit_resolved_iff_dated'),
        ),
        migrations.AddConstraint(
            model_name='hit',
            constraint=models.CheckConstraint(condition=models.Q(('pair__isnull', True), ('status', 'cleared'), _connector='OR'), name='hit_by_pair_is_cleared'),
        ),
        migrations.AddConstraint(
            model_name='clearedpair',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('jurisdiction', 'shared_party', 'list_key', 'entry_id'), name='cleared_pair_once'),
        ),
        migrations.AddConstraint(
            model_name='clearedpair',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('seconded_by__isnull', True), ('strong', False)), models.Q(('seconded_by__isnull', False), models.Q(('seconded_by', models.F('cleared_by')), _negated=True)), _connector='OR'), name='cleared_pair_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='clearedpair',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('cleared_at'))), name='cleared_pair_expires_later'),
        ),
        migrations.AddConstraint(
            model_name='clearedpair',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True), ('ended_reason', '')), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), models.Q(('ended_reason', ''), _negated=True)), _connector='OR'), name='cleared_pair_ended_iff_told'),
        ),
    ]
