"""Letters that floors above write themselves, and documents given by people without an account."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('correspondence', '0001_initial'),
        ('ledger', '0004_find_by_time'),
        ('members', '0005_humanitarian_adjudicators'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name='message',
            name='message_about_one_thing',
        ),
        migrations.AddField(
            model_name='message',
            name='about',
            field=models.CharField(blank=True, db_default='', max_length=100),
        ),
        migrations.AlterField(
            model_name='document',
            name='stored_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('about', ''), ('invitation__isnull', True), ('notice__isnull', False), ('recovering__isnull', True)), models.Q(('about', ''), ('invitation__isnull', False), ('notice__isnull', True), ('recovering__isnull', True)), models.Q(('about', ''), ('invitation__isnull', True), ('notice__isnull', True), ('recovering__isnull', False)), models.Q(('invitation__isnull', True), ('notice__isnull', True), ('recovering__isnull', True), models.Q(('about', ''), _negated=True)), _connector='OR'), name='message_about_one_thing'),
        ),
    ]
