"""Members that consent to a licence after it was issued, and the editions that make of it."""

import django.db.models.deletion
import django_fsm
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('licensing', '0014_found_by_date'),
        ('members', '0003_duty_and_delegation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='licence',
            name='edition',
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='licence',
            name='edition_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='stake',
            name='kind',
            field=models.CharField(choices=[('location', 'The goods are there or pass through'), ('no_undercut', 'It denied an essentially identical transaction'), ('essential_security', 'Its essential security interests'), ('consent', 'It is asked to let the licence hold there')], max_length=20),
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('status', django_fsm.FSMField(choices=[('asked', 'Asked for'), ('given', 'Given'), ('declined', 'Declined'), ('lapsed', 'Not answered in time'), ('withdrawn', 'Withdrawn')], default='asked', max_length=10, protected=True)),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('asked_because', models.CharField(blank=True, max_length=1000)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('given_at', models.DateTimeField(blank=True, null=True)),
                ('given_because', models.CharField(blank=True, max_length=1000)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_because', models.CharField(blank=True, max_length=1000)),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('given_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('jurisdiction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='members.jurisdiction')),
                ('licence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='licensing.licence')),
            ],
            options={
                'ordering': ['licence', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ['asked', 'given'])), fields=('licence', 'jurisdiction'), name='consent_stands_once'), models.CheckConstraint(condition=models.Q(models.Q(('given_at__isnull', False), ('status__in', ['given', 'withdrawn'])), models.Q(('given_at__isnull', True), ('given_by__isnull', True), ('status__in', ['asked', 'declined', 'lapsed'])), _connector='OR'), name='consent_given_iff_dated'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_because', ''), ('status__in', ['asked', 'given'])), models.Q(('ended_at__isnull', False), ('ended_by__isnull', True), ('status', 'lapsed')), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), ('status__in', ['declined', 'withdrawn']), models.Q(('ended_because', ''), _negated=True)), _connector='OR'), name='consent_ended_with_its_reason'), models.CheckConstraint(condition=models.Q(models.Q(('asked_at__isnull', False), ('asked_by__isnull', False), ('due_at__isnull', False)), models.Q(('asked_at__isnull', True), ('asked_by__isnull', True), ('due_at__isnull', True), ('status__in', ['given', 'withdrawn'])), _connector='OR'), name='consent_asked_iff_dated')],
            },
        ),
    ]
