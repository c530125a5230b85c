"""Pairs of members that match denials blind: fingerprints, questions, matches, and never a key."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django_fsm
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intelligence', '0003_notices'),
        ('members', '0005_humanitarian_adjudicators'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='BlindPair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('key_id', models.CharField(max_length=16)),
                ('status', django_fsm.FSMField(choices=[('proposed', 'Waiting for the other member'), ('agreed', 'Agreed'), ('ended', 'Ended')], default='proposed', max_length=10, protected=True)),
                ('proposed_at', models.DateTimeField()),
                ('agreed_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('agreed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.jurisdiction')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.jurisdiction')),
            ],
            options={
                'ordering': ['-proposed_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='BlindFingerprint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('value', models.CharField(max_length=64)),
                ('denier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.jurisdiction')),
                ('pair', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fingerprints', to='intelligence.blindpair')),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='BlindQuery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.jurisdiction')),
                ('pair', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='queries', to='intelligence.blindpair')),
            ],
            options={
                'ordering': ['-asked_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='BlindMatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_position', models.PositiveIntegerField()),
                ('denied_position', models.PositiveIntegerField()),
                ('query', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='matches', to='intelligence.blindquery')),
            ],
            options={
                'ordering': ['asked_position'],
            },
        ),
        migrations.AddConstraint(
            model_name='blindpair',
            constraint=models.UniqueConstraint(django.db.models.functions.comparison.Least('first', 'second'), django.db.models.functions.comparison.Greatest('first', 'second'), condition=models.Q(('status', 'ended'), _negated=True), name='blind_pair_once'),
        ),
        migrations.AddConstraint(
            model_name='blindpair',
            constraint=models.CheckConstraint(condition=models.Q(('first', models.F('second')), _negated=True), name='blind_pair_of_two'),
        ),
        migrations.AddConstraint(
            model_name='blindpair',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'agreed'), _negated=True), models.Q(('agreed_by__isnull', False), models.Q(('agreed_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='blind_pair_agreed_by_another'),
        ),
        migrations.AddConstraint(
            model_name='blindpair',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('status', 'ended')), models.Q(models.Q(('status', 'ended'), _negated=True), ('ended_at__isnull', True)), _connector='OR'), name='blind_pair_ended_iff_dated'),
        ),
        migrations.AddConstraint(
            model_name='blindfingerprint',
            constraint=models.UniqueConstraint(fields=('pair', 'denier', 'value'), name='blind_fingerprint_once'),
        ),
        migrations.AddConstraint(
            model_name='blindmatch',
            constraint=models.UniqueConstraint(fields=('query', 'asked_position'), name='blind_match_once'),
        ),
    ]
