"""What holders ask to have changed of a licence, and licences that others replace."""

import django.db.models.deletion
import django_fsm
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('licensing', '0035_keep_mandates_of_applications'),
        ('members', '0009_signed_positions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='ChangeConsent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('status', django_fsm.FSMField(choices=[('asked', 'Asked for'), ('given', 'Given'), ('declined', 'Declined'), ('lapsed', 'Not answered in time'), ('closed', 'Not needed any more')], default='asked', max_length=8, protected=True)),
                ('due_at', models.DateTimeField()),
                ('said_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=1000)),
            ],
            options={
                'ordering': ['change', 'jurisdiction'],
            },
        ),
        migrations.CreateModel(
            name='LicenceChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('reference', models.CharField(max_length=20, unique=True)),
                ('kind', models.CharField(choices=[('extension', 'Extension'), ('amendment', 'Amendment')], max_length=10)),
                ('status', django_fsm.FSMField(choices=[('asked', 'Asked for'), ('recommended', 'Recommended, waits for the second officer'), ('granted', 'Granted'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn'), ('overtaken', 'Overtaken')], default='asked', max_length=12, protected=True)),
                ('changes', models.JSONField()),
                ('reason', models.CharField(max_length=1000)),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('overdue_at', models.DateTimeField(blank=True, null=True)),
                ('proposal', models.CharField(blank=True, choices=[('grant', 'Grant it'), ('refuse', 'Refuse it')], max_length=6)),
                ('remark', models.CharField(blank=True, max_length=4000)),
                ('told', models.CharField(blank=True, max_length=1000)),
                ('recommended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_because', models.CharField(blank=True, max_length=500)),
                ('edition', models.PositiveSmallIntegerField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-asked_at', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='application',
            name='replaces',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replacements', to='licensing.licence'),
        ),
        migrations.AddField(
            model_name='licence',
            name='replaced_by',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaces', to='licensing.licence'),
        ),
        migrations.AlterField(
            model_name='licence',
            name='status',
            field=django_fsm.FSMField(choices=[('issued', 'Valid'), ('suspended', 'Suspended'), ('revoked', 'Revoked'), ('expired', 'Expired'), ('exhausted', 'Exhausted'), ('surrendered', 'Surrendered'), ('replaced', 'Replaced')], default='issued', max_length=12, protected=True),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['draft', 'registered'])), fields=('replaces',), name='application_one_replacement'),
        ),
        migrations.AddConstraint(
            model_name='licence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('replaced_by__isnull', False), ('status', 'replaced')), models.Q(models.Q(('status', 'replaced'), _negated=True), ('replaced_by__isnull', True)), _connector='OR'), name='licence_replaced_by_another'),
        ),
        migrations.AddField(
            model_name='changeconsent',
            name='jurisdiction',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.jurisdiction'),
        ),
        migrations.AddField(
            model_name='changeconsent',
            name='said_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='licencechange',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='licencechange',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='licencechange',
            name='licence',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='licensing.licence'),
        ),
        migrations.AddField(
            model_name='licencechange',
            name='recommended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='licencechange',
            name='revision',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='change', to='licensing.revision'),
        ),
        migrations.AddField(
            model_name='changeconsent',
            name='change',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='licensing.licencechange'),
        ),
        migrations.AddIndex(
            model_name='licencechange',
            index=models.Index(condition=models.Q(('status__in', ['asked', 'recommended'])), fields=['due_at'], name='change_open'),
        ),
        migrations.AddConstraint(
            model_name='licencechange',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['asked', 'recommended'])), fields=('licence',), name='change_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='licencechange',
            constraint=models.UniqueConstraint(condition=models.Q(('edition__isnull', False)), fields=('licence', 'edition'), name='change_one_of_an_edition'),
        ),
        migrations.AddConstraint(
            model_name='licencechange',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('recommended_by')), _negated=True), _connector='OR'), name='change_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='licencechange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', False), ('recommended_by__isnull', False), ('status__in', ['granted', 'refused'])), models.Q(models.Q(('status__in', ['granted', 'refused']), _negated=True), ('decided_by__isnull', True)), _connector='OR'), name='change_decided_by_two'),
        ),
        migrations.AddConstraint(
            model_name='licencechange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('recommended_at__isnull', False), ('recommended_by__isnull', False), models.Q(('proposal', ''), _negated=True)), models.Q(('proposal', ''), ('recommended_at__isnull', True), ('recommended_by__isnull', True), ('status__in', ['asked', 'withdrawn', 'overtaken'])), _connector='OR'), name='change_recommended_iff_proposed'),
        ),
        migrations.AddConstraint(
            model_name='licencechange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['granted', 'refused']), _negated=True), models.Q(('proposal', 'grant'), ('status', 'granted')), models.Q(('proposal', 'refuse'), ('status', 'refused'), models.Q(('told', ''), _negated=True)), _connector='OR'), name='change_decided_as_proposed'),
        ),
        migrations.AddConstraint(
            model_name='licencechange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('edition__gte', 2), ('status', 'granted')), models.Q(models.Q(('status', 'granted'), _negated=True), ('edition__isnull', True)), _connector='OR'), name='change_makes_an_edition_iff_granted'),
        ),
        migrations.AddConstraint(
            model_name='licencechange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status__in', ['asked', 'recommended'])), models.Q(models.Q(('status__in', ['asked', 'recommended']), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='change_ended_iff_over'),
        ),
        migrations.AddConstraint(
            model_name='changeconsent',
            constraint=models.UniqueConstraint(fields=('change', 'jurisdiction'), name='change_consent_once'),
        ),
        migrations.AddConstraint(
            model_name='changeconsent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('said_at__isnull', False), ('said_by__isnull', False), ('status__in', ['given', 'declined']), models.Q(('reason', ''), _negated=True)), models.Q(('reason', ''), ('said_by__isnull', True), ('status__in', ['asked', 'lapsed', 'closed'])), _connector='OR'), name='change_consent_said_by_a_person'),
        ),
    ]
