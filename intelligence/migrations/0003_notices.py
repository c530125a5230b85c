"""What a denial notice holds, to whom it is releasable, its parties in their roles; and files of notices."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django_fsm
import intelligence.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intelligence', '0002_denials_take_effect'),
        ('members', '0005_humanitarian_adjudicators'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='denial',
            name='audience',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), db_default=['alliance'], default=intelligence.models.whole_alliance, size=None),
        ),
        migrations.AddField(
            model_name='denial',
            name='end_use',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='denial',
            name='lines',
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddField(
            model_name='denial',
            name='national_reference',
            field=models.CharField(blank=True, db_default='', default='', max_length=60),
        ),
        migrations.AddField(
            model_name='denial',
            name='notified_by',
            field=models.CharField(blank=True, db_default='', default='', max_length=2),
        ),
        migrations.AddField(
            model_name='denial',
            name='regime_reference',
            field=models.CharField(blank=True, db_default='', default='', max_length=60),
        ),
        migrations.AddField(
            model_name='denial',
            name='withdrawn_because',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.CreateModel(
            name='DenialImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('filename', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('notices', models.JSONField()),
                ('audience', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), default=intelligence.models.whole_alliance, size=None)),
                ('status', django_fsm.FSMField(choices=[('proposed', 'Waiting for a second officer'), ('recorded', 'Recorded'), ('sent_back', 'Sent back')], default='proposed', max_length=10, protected=True)),
                ('proposed_at', models.DateTimeField()),
                ('seconded_at', models.DateTimeField(blank=True, null=True)),
                ('remark', models.TextField(blank=True, max_length=2000)),
                ('jurisdiction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.jurisdiction')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('seconded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-proposed_at', '-pk'],
            },
        ),
        # The table of the relation becomes that of a model, with the role and the address of each party.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='DenialParty',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('denial', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='named', to='intelligence.denial')),
                        ('sharedparty', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='intelligence.sharedparty')),
                    ],
                    options={
                        'db_table': 'intelligence_denial_parties',
                        'unique_together': {('denial', 'sharedparty')},
                    },
                ),
                migrations.AlterField(
                    model_name='denial',
                    name='parties',
                    field=models.ManyToManyField(related_name='denials', through='intelligence.DenialParty', to='intelligence.sharedparty'),
                ),
            ],
        ),
        migrations.AddField(
            model_name='denialparty',
            name='entity_type',
            field=models.CharField(choices=[('end_user', 'End-user'), ('consignee', 'Consignee'), ('third_party', 'Third party')], db_default='end_user', default='end_user', max_length=15),
        ),
        migrations.AddField(
            model_name='denialparty',
            name='address',
            field=models.CharField(blank=True, db_default='', default='', max_length=500),
        ),
        migrations.AddIndex(
            model_name='denial',
            index=django.contrib.postgres.indexes.GinIndex(fields=['audience'], name='denial_audience'),
        ),
        migrations.AddConstraint(
            model_name='denial',
            constraint=models.UniqueConstraint(condition=models.Q(('regime_reference', ''), _negated=True), fields=('jurisdiction', 'notified_by', 'regime_reference'), name='denial_once_by_reference'),
        ),
        migrations.AddConstraint(
            model_name='denial',
            constraint=models.CheckConstraint(condition=models.Q(('audience__len__gt', 0)), name='denial_released_to_someone'),
        ),
        migrations.AddConstraint(
            model_name='denialimport',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'sent_back'), _negated=True), fields=('jurisdiction', 'sha256'), name='denial_import_once'),
        ),
        migrations.AddConstraint(
            model_name='denialimport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('seconded_at__isnull', True), ('seconded_by__isnull', True), ('status', 'proposed')), models.Q(models.Q(('status', 'proposed'), _negated=True), ('seconded_at__isnull', False), ('seconded_by__isnull', False), models.Q(('seconded_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='denial_import_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='denialparty',
            constraint=models.CheckConstraint(condition=models.Q(('entity_type__in', ['end_user', 'consignee', 'third_party'])), name='denial_party_role_known'),
        ),
    ]
