"""Mandates: an exporter lets another organisation act for it between two days."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django_fsm
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0009_signed_positions'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Mandate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('reference', models.CharField(max_length=20, unique=True)),
                ('acts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('draft', 'Write drafts of applications'), ('submit', 'Submit and withdraw applications'), ('answer', 'Answer questions of the authorities'), ('licences', 'Read the licences and what was used of them'), ('shipments', 'Declare shipments and confirm deliveries')], max_length=10), size=None)),
                ('destinations', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2), default=list, size=None)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('status', django_fsm.FSMField(choices=[('offered', 'Waiting for the agent'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('ended', 'Ended')], default='offered', max_length=10, protected=True)),
                ('given_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandates_held', to='members.organisation')),
                ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('given_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandates_given', to='members.organisation')),
            ],
            options={
                'ordering': ['-given_at'],
                'indexes': [models.Index(condition=models.Q(('status', 'accepted')), fields=['agent', 'ends_at'], name='mandate_by_agent'), models.Index(fields=['principal', '-given_at'], name='mandate_by_principal')],
                'constraints': [models.CheckConstraint(condition=models.Q(('principal', models.F('agent')), _negated=True), name='mandate_to_another'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at')), ('ends_on__gte', models.F('starts_on'))), name='mandate_ends_later'), models.CheckConstraint(condition=models.Q(('acts__contained_by', ['draft', 'submit', 'answer', 'licences', 'shipments']), ('acts__len__gt', 0)), name='mandate_lets_something'), models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('answered_by__isnull', True), ('status', 'offered')), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False), ('status__in', ['accepted', 'declined'])), ('status', 'ended'), _connector='OR'), name='mandate_answered_iff_dated'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), ('status', 'ended')), models.Q(models.Q(('status', 'ended'), _negated=True), ('ended_at__isnull', True), ('ended_by__isnull', True)), _connector='OR'), name='mandate_ended_iff_dated'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['declined', 'ended']), models.Q(('reason', ''), _negated=True)), models.Q(('reason', ''), ('status__in', ['offered', 'accepted'])), _connector='OR'), name='mandate_refused_with_reason')],
            },
        ),
    ]
