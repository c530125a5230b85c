"""Files exchanged with systems of customs, and which licences those were told."""

import django.db.models.deletion
import django_fsm
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enforcement', '0012_keep_offline_tokens'),
        ('licensing', '0029_linked_cases'),
        ('members', '0009_signed_positions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='CustomsFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('licenceData', 'Licences sent'), ('licenceReply', 'Answer to licences'), ('usageData', 'Usage received')], max_length=12)),
                ('sender', models.CharField(max_length=20)),
                ('run_number', models.PositiveIntegerField()),
                ('text', models.TextField()),
                ('sha256', models.CharField(max_length=64)),
                ('answer', models.TextField(blank=True)),
                ('accepted', models.PositiveIntegerField(default=0)),
                ('rejected', models.PositiveIntegerField(default=0)),
                ('faults', models.JSONField(default=list)),
                ('exchanged_at', models.DateTimeField()),
                ('exchanged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('jurisdiction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.jurisdiction')),
            ],
            options={
                'ordering': ['-exchanged_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='SentLicence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(choices=[('insert', 'New'), ('replace', 'In place of the former'), ('cancel', 'Ended')], max_length=7)),
                ('reference', models.CharField(max_length=35)),
                ('edition', models.PositiveSmallIntegerField()),
                ('status', django_fsm.FSMField(choices=[('pending', 'Waits for an answer'), ('accepted', 'Accepted'), ('rejected', 'Rejected')], default='pending', max_length=8, protected=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('errors', models.JSONField(default=list)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sent', to='enforcement.customsfile')),
                ('licence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sent_to_customs', to='licensing.licence')),
            ],
            options={
                'ordering': ['file', 'pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='customsfile',
            constraint=models.UniqueConstraint(fields=('jurisdiction', 'kind', 'sender', 'run_number'), name='customs_file_once_a_run'),
        ),
        migrations.AddConstraint(
            model_name='customsfile',
            constraint=models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$'), models.Q(('sender', ''), _negated=True)), name='customs_file_hashed'),
        ),
        migrations.AddConstraint(
            model_name='sentlicence',
            constraint=models.UniqueConstraint(fields=('file', 'reference'), name='sent_licence_once_a_file'),
        ),
        migrations.AddConstraint(
            model_name='sentlicence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('status', 'pending')), models.Q(models.Q(('status', 'pending'), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='sent_licence_answered_iff_dated'),
        ),
    ]
