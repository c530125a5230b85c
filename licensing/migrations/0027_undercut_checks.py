"""The denials that a case resembles: who is asked before a grant, what they say, and what all are told."""

import django.db.models.deletion
import django_fsm
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intelligence', '0003_notices'),
        ('licensing', '0026_keep_position_signatures'),
        ('members', '0005_humanitarian_adjudicators'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='UndercutCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('rule_key', models.CharField(max_length=60)),
                ('rule', models.CharField(max_length=100)),
                ('matched', models.JSONField()),
                ('exact', models.BooleanField()),
                ('status', django_fsm.FSMField(choices=[('asked', 'Waiting for an answer'), ('identical', 'Essentially identical'), ('not_identical', 'Not identical'), ('no_objection', 'Identical, no objection'), ('lapsed', 'Not identical (silence)'), ('overtaken', 'No longer in question'), ('noted', 'To be told of a grant')], default='asked', max_length=15, protected=True)),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True, max_length=4000)),
                ('explanation', models.TextField(blank=True, max_length=4000)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='undercut_checks', to='licensing.case')),
                ('denial', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intelligence.denial')),
                ('explained_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('jurisdiction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.jurisdiction')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licensing.revision')),
            ],
            options={
                'ordering': ['asked_at', 'pk'],
                'indexes': [models.Index(condition=models.Q(('status', 'asked')), fields=['jurisdiction', 'due_at'], name='undercut_asked')],
                'constraints': [models.UniqueConstraint(fields=('case', 'denial'), name='undercut_once'), models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', False), ('answered_by__isnull', False), ('status__in', ['identical', 'not_identical', 'no_objection'])), models.Q(('answered_at__isnull', True), ('answered_by__isnull', True), ('status__in', ['asked', 'lapsed', 'noted'])), ('status', 'overtaken'), _connector='OR'), name='undercut_answered_by_a_person'), models.CheckConstraint(condition=models.Q(models.Q(('explained_by__isnull', True), ('explanation', '')), models.Q(models.Q(('explanation', ''), _negated=True), ('explained_by__isnull', False)), _connector='OR'), name='undercut_explained_by_a_person'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'lapsed'), _negated=True), ('due_at__isnull', False), _connector='OR'), name='undercut_lapses_by_its_term')],
            },
        ),
    ]
