"""Tokens for offices without a network, what is told of their use, and what no token covers."""

import datetime
import django.db.models.deletion
import django.db.models.expressions
import django_fsm
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enforcement', '0010_lines_above_what_is_taken'),
        ('licensing', '0029_linked_cases'),
        ('members', '0009_signed_positions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='OfflineToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('number', models.CharField(max_length=20, unique=True)),
                ('text', models.TextField()),
                ('made_at', models.DateTimeField()),
                ('valid_until', models.DateTimeField()),
                ('reservation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='token', to='enforcement.reservation')),
            ],
            options={
                'ordering': ['-made_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='OfflineUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('office', models.CharField(max_length=10)),
                ('presented', models.TextField(blank=True)),
                ('licence_number', models.CharField(blank=True, max_length=20)),
                ('line', models.PositiveSmallIntegerField(default=0)),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=18)),
                ('unit', models.CharField(max_length=3)),
                ('used_at', models.DateTimeField()),
                ('declaration', models.CharField(max_length=35)),
                ('confirmed', models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('reported_at', models.DateTimeField()),
                ('jurisdiction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.jurisdiction')),
                ('licence', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='offline_uses', to='licensing.licence')),
                ('reported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('token', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='enforcement.offlinetoken')),
            ],
            options={
                'ordering': ['-reported_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='OfflineConflict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('reason', models.CharField(choices=[('over_token', 'More was used than the token holds'), ('out_of_time', 'It was used outside the time of the token'), ('given_back', 'The token had been given back'), ('used_already', 'The token had been used already'), ('told_late', 'It was told after the reservation had lapsed'), ('stopped', 'The licence does not hold there any more'), ('foreign', 'The token was made out to another office'), ('unknown', 'No such token was ever made'), ('forged', 'The token is forged or damaged'), ('without', 'No token was shown')], max_length=12)),
                ('detail', models.CharField(blank=True, max_length=500)),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=18)),
                ('status', django_fsm.FSMField(choices=[('open', 'To be settled'), ('proposed', 'Waits for a second person'), ('accepted', 'Accepted as late usage'), ('dismissed', 'Told in error'), ('referred', 'Referred as an infringement')], default='open', max_length=10, protected=True)),
                ('proposal', models.CharField(blank=True, choices=[('late', 'Accept it as late usage, if as much is left'), ('error', 'It was told in error: nothing has left uncovered')], max_length=5)),
                ('proposed_at', models.DateTimeField(blank=True, null=True)),
                ('proposed_because', models.CharField(blank=True, max_length=500)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('settled_because', models.CharField(blank=True, max_length=500)),
                ('proposed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('use', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='conflict', to='enforcement.offlineuse')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='offlinetoken',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__gt', models.F('made_at')), ('valid_until__lte', django.db.models.expressions.CombinedExpression(models.F('made_at'), '+', models.Value(datetime.timedelta(days=1))))), name='offline_token_is_short'),
        ),
        migrations.AddIndex(
            model_name='offlineuse',
            index=models.Index(fields=['jurisdiction', '-reported_at'], name='offline_use_of_member'),
        ),
        migrations.AddConstraint(
            model_name='offlineuse',
            constraint=models.UniqueConstraint(condition=models.Q(('confirmed__gt', 0)), fields=('token',), name='offline_token_covers_once'),
        ),
        migrations.AddConstraint(
            model_name='offlineuse',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed', 0), models.Q(('confirmed__gt', 0), ('licence__isnull', False), ('token__isnull', False)), _connector='OR'), name='offline_use_covered_by_token'),
        ),
        migrations.AddConstraint(
            model_name='offlineuse',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='offline_use_positive'),
        ),
        migrations.AddConstraint(
            model_name='offlineuse',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed__lte', models.F('quantity'))), name='offline_use_within'),
        ),
        migrations.AddConstraint(
            model_name='offlineuse',
            constraint=models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='offline_use_hashed'),
        ),
        migrations.AddConstraint(
            model_name='offlineuse',
            constraint=models.CheckConstraint(condition=models.Q(('office__regex', '^[A-Z]{2}[A-Z0-9]{3,8}$'), models.Q(('declaration', ''), _negated=True)), name='offline_use_named'),
        ),
        migrations.AddIndex(
            model_name='offlineconflict',
            index=models.Index(fields=['status'], name='offline_conflict_status'),
        ),
        migrations.AddConstraint(
            model_name='offlineconflict',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='offline_conflict_positive'),
        ),
        migrations.AddConstraint(
            model_name='offlineconflict',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('proposal', ''), ('proposed_at__isnull', True), ('proposed_because', ''), ('proposed_by__isnull', True)), models.Q(models.Q(('proposal', ''), _negated=True), models.Q(('proposed_because', ''), _negated=True), ('proposed_at__isnull', False), ('proposed_by__isnull', False)), _connector='OR'), name='offline_conflict_proposed_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='offlineconflict',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('settled_because', ''), ('settled_by__isnull', True), ('status__in', ['open', 'proposed'])), models.Q(('status__in', ['accepted', 'dismissed', 'referred']), models.Q(('settled_because', ''), _negated=True), ('settled_at__isnull', False), ('settled_by__isnull', False)), _connector='OR'), name='offline_conflict_settled_iff_dated'),
        ),
        migrations.AddConstraint(
            model_name='offlineconflict',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'referred']), models.Q(('proposed_by__isnull', False), ('status', 'proposed')), models.Q(('proposal', 'late'), ('status', 'accepted')), models.Q(('proposal', 'error'), ('status', 'dismissed')), _connector='OR'), name='offline_conflict_settled_as_proposed'),
        ),
        migrations.AddConstraint(
            model_name='offlineconflict',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['accepted', 'dismissed']), _negated=True), models.Q(('settled_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='offline_conflict_four_eyes'),
        ),
    ]
