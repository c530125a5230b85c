"""What customs reserve of licences and draw of them, line by line."""

import django.db.models.deletion
import django_fsm
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enforcement', '0005_keep_monitor_links'),
        ('licensing', '0023_keep_provisional_allowances'),
        ('members', '0005_humanitarian_adjudicators'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('office', models.CharField(max_length=10)),
                ('declaration', models.CharField(max_length=35)),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=18)),
                ('status', django_fsm.FSMField(choices=[('reserved', 'Reserved'), ('confirmed', 'Drawn'), ('released', 'Given back'), ('expired', 'Lapsed'), ('cancelled', 'Cancelled')], default='reserved', max_length=10, protected=True)),
                ('reserved_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_because', models.CharField(blank=True, max_length=500)),
                ('jurisdiction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.jurisdiction')),
                ('licence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='licensing.licence')),
                ('licence_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='licensing.licenceline')),
                ('reserved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('shipment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='enforcement.shipment')),
            ],
            options={
                'ordering': ['-reserved_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='DrawdownLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('original', 'Drawn'), ('late', 'Drawn late: the reservation had lapsed'), ('adjusted', 'Set right'), ('contra', 'Cancelled')], max_length=10)),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=18)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('written_at', models.DateTimeField()),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reservation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='enforcement.reservation')),
            ],
            options={
                'ordering': ['reservation', 'pk'],
            },
        ),
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(fields=['licence', 'status'], name='reservation_of_licence'),
        ),
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(fields=['jurisdiction', '-reserved_at'], name='reservation_of_member'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['reserved', 'confirmed'])), fields=('office', 'declaration', 'licence_line'), name='reservation_once_per_declaration'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='reservation_positive'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('office__regex', '^[A-Z]{2}[A-Z0-9]{3,8}$'), models.Q(('declaration', ''), _negated=True)), name='reservation_named'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('reserved_at'))), name='reservation_expires_later'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status', 'reserved')), models.Q(models.Q(('status', 'reserved'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='reservation_ended_iff_dated'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['released', 'cancelled']), models.Q(('ended_because', ''), _negated=True)), models.Q(models.Q(('status__in', ['released', 'cancelled']), _negated=True), ('ended_because', '')), _connector='OR'), name='reservation_given_back_iff_said'),
        ),
        migrations.AddConstraint(
            model_name='drawdownline',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['original', 'late'])), fields=('reservation',), name='drawdown_begins_once'),
        ),
        migrations.AddConstraint(
            model_name='drawdownline',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'contra')), fields=('reservation',), name='drawdown_cancelled_once'),
        ),
        migrations.AddConstraint(
            model_name='drawdownline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['original', 'late']), ('quantity__gt', 0)), models.Q(('kind', 'contra'), ('quantity__lt', 0)), models.Q(('kind', 'adjusted'), models.Q(('quantity', 0), _negated=True)), _connector='OR'), name='drawdown_signed'),
        ),
        migrations.AddConstraint(
            model_name='drawdownline',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['original', 'late']), models.Q(('reason', ''), _negated=True), _connector='OR'), name='drawdown_says_why'),
        ),
    ]
