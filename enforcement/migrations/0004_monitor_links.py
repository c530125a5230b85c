"""Third-party monitors who confirm a delivery by a one-time link, and what they say of it."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enforcement', '0003_shipments_by_declaration'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='MonitorLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('person', models.CharField(max_length=200)),
                ('organisation', models.CharField(max_length=300)),
                ('email', models.EmailField(max_length=200)),
                ('by_holder', models.BooleanField()),
                ('asked_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('token_sha256', models.CharField(blank=True, max_length=64)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-asked_at', '-pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='deliveryverification',
            name='delivery_confirmed_once',
        ),
        migrations.RemoveConstraint(
            model_name='deliveryverification',
            name='delivery_signed',
        ),
        migrations.AlterField(
            model_name='deliveryverification',
            name='confirmed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='deliveryverification',
            name='signed_by',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='monitorlink',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='monitorlink',
            name='shipment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='monitor_links', to='enforcement.shipment'),
        ),
        migrations.AddField(
            model_name='deliveryverification',
            name='monitor',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='report', to='enforcement.monitorlink'),
        ),
        migrations.AddConstraint(
            model_name='deliveryverification',
            constraint=models.UniqueConstraint(condition=models.Q(('monitor__isnull', True), ('status__in', ['confirmed', 'accepted'])), fields=('shipment',), name='delivery_confirmed_once'),
        ),
        migrations.AddConstraint(
            model_name='deliveryverification',
            constraint=models.UniqueConstraint(condition=models.Q(('monitor__isnull', False), ('status__in', ['confirmed', 'accepted'])), fields=('shipment',), name='delivery_monitored_once'),
        ),
        migrations.AddConstraint(
            model_name='deliveryverification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('place', ''), _negated=True), ('sha256__regex', '^[0-9a-f]{64}$')), name='delivery_signed'),
        ),
        migrations.AddConstraint(
            model_name='deliveryverification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_by__isnull', False), ('monitor__isnull', True), models.Q(('signed_by', ''), _negated=True)), models.Q(('confirmed_by__isnull', True), ('monitor__isnull', False), ('signed_by', ''), models.Q(('third_party', ''), _negated=True)), _connector='OR'), name='delivery_said_by_one'),
        ),
        migrations.AddConstraint(
            model_name='monitorlink',
            constraint=models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True), ('used_at__isnull', True)), fields=('shipment',), name='monitor_link_open_once'),
        ),
        migrations.AddConstraint(
            model_name='monitorlink',
            constraint=models.UniqueConstraint(condition=models.Q(('token_sha256', ''), _negated=True), fields=('token_sha256',), name='monitor_token_once'),
        ),
        migrations.AddConstraint(
            model_name='monitorlink',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', True), ('token_sha256', '')), models.Q(('sent_at__isnull', False), ('token_sha256__regex', '^[0-9a-f]{64}$')), _connector='OR'), name='monitor_token_iff_sent'),
        ),
        migrations.AddConstraint(
            model_name='monitorlink',
            constraint=models.CheckConstraint(condition=models.Q(('used_at__isnull', True), models.Q(('revoked_at__isnull', True), ('sent_at__isnull', False)), _connector='OR'), name='monitor_link_ends_once'),
        ),
        migrations.AddConstraint(
            model_name='monitorlink',
            constraint=models.CheckConstraint(condition=models.Q(('used_at__isnull', True), ('used_at__lt', models.F('expires_at')), _connector='OR'), name='monitor_link_used_in_time'),
        ),
        migrations.AddConstraint(
            model_name='monitorlink',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('person', ''), _negated=True), models.Q(('organisation', ''), _negated=True), models.Q(('email', ''), _negated=True)), name='monitor_named'),
        ),
    ]
