"""Usage is kept added up: sums by month, and marks of what changed since, which the database leaves by itself.

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-26 06:40:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

FIGURES = (
    'calls', 'unpriced', 'input_tokens', 'output_tokens', 'estimated', 'cost',
    'reads', 'cached', 'stored', 'misses', 'worth', 'unvalued',
)
NOTHING_PAID = 'NULL, NULL, NULL, NULL'
# For each table and what happens to a row of it: the marks that this leaves, and when.
MARKS = {
    ('ledger_entry', 'insert'): (['COALESCE(NEW.summary_id, 0), NEW.created_at, NEW.purpose, NEW.user_id, NEW.cost'], ''),
    ('ledger_entry', 'update'): (
        [
            'COALESCE(OLD.summary_id, 0), OLD.created_at, OLD.purpose, OLD.user_id, -OLD.cost',
            'COALESCE(NEW.summary_id, 0), NEW.created_at, NEW.purpose, NEW.user_id, NEW.cost',
        ],
        '',
    ),
    ('ledger_entry', 'delete'): (['COALESCE(OLD.summary_id, 0), OLD.created_at, OLD.purpose, OLD.user_id, -OLD.cost'], ''),
    ('readership', 'insert'): ([f'NEW.summary_id, {NOTHING_PAID}'], ''),
    ('readership', 'update'): ([f'NEW.summary_id, {NOTHING_PAID}'], ''),
    ('readership', 'delete'): ([f'OLD.summary_id, {NOTHING_PAID}'], ''),
    ('summary', 'insert'): ([f'NEW.id, {NOTHING_PAID}'], 'NEW.finished_at IS NOT NULL'),
    ('summary', 'update'): (
        [f'NEW.id, {NOTHING_PAID}'],
        # Not when a lease is renewed, which happens all the time.
        ' OR '.join(f'OLD.{name} {{differs}} NEW.{name}' for name in ('status', 'finished_at', 'purpose', 'requested_by_id')),
    ),
    ('summary', 'delete'): ([f'OLD.id, {NOTHING_PAID}'], ''),
}


def upgrade():
    op.create_table('usage_mark',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('summary_id', sa.Integer(), nullable=False),
        sa.Column('moment', sa.DateTime(timezone=True), nullable=True),
        sa.Column('purpose', sa.String(length=10), nullable=True),
        sa.Column('user_id', sa.Integer(), nullable=True),
        sa.Column('cost', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_usage_mark')),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_usage_mark_summary_id'), 'usage_mark', ['summary_id'])
    op.create_table('usage_share',
        sa.Column('summary_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('sums', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('summary_id', name=op.f('pk_usage_share')),
    )
    op.create_table('usage_sum',
        sa.Column('month', sa.Date(), nullable=False),
        sa.Column('owner_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('kind', sa.String(length=10), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in FIGURES),
        sa.Column('waits', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('month', 'owner_id', 'kind', 'name', name=op.f('pk_usage_sum')),
    )
    op.create_index(
        'ix_usage_sum_month_owner_id_kind_cost', 'usage_sum', ['month', 'owner_id', 'kind', 'cost', 'reads', 'name']
    )
    for (table, event), (marks, when) in MARKS.items():
        _create_trigger(table, event, marks, when)
    _mark_what_there_is()


def downgrade():
    for table, event in MARKS:
        op.execute(sa.text(f'DROP TRIGGER {_name(table, event)}' + ('' if _is_sqlite() else f' ON {table}')))
        if not _is_sqlite():
            op.execute(sa.text(f'DROP FUNCTION {_name(table, event)}()'))
    for table in ('usage_sum', 'usage_share', 'usage_mark'):
        op.drop_table(table)


def _create_trigger(table, event, marks, when):
    name, into = _name(table, event), 'INSERT INTO usage_mark (summary_id, moment, purpose, user_id, cost)'
    body = ' '.join(f'{into} VALUES ({mark});' for mark in marks)
    only = f'WHEN ({when.format(differs="IS NOT" if _is_sqlite() else "IS DISTINCT FROM")})' if when else ''
    if _is_sqlite():
        op.execute(sa.text(f'CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {only} BEGIN {body} END'))
        return
    op.execute(sa.text(
        f'CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$'
    ))
    op.execute(sa.text(
        f'CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {only} EXECUTE FUNCTION {name}()'
    ))


def _mark_what_there_is():
    op.execute(sa.text(
        'INSERT INTO usage_mark (summary_id, moment, purpose, user_id, cost) '
        'SELECT COALESCE(summary_id, 0), created_at, purpose, user_id, cost FROM ledger_entry'
    ))
    op.execute(sa.text(
        'INSERT INTO usage_mark (summary_id) '
        'SELECT summary_id FROM readership UNION SELECT id FROM summary WHERE finished_at IS NOT NULL'
    ))


def _name(table, event):
    return f'mark_usage_{table}_{event}'


def _is_sqlite():
    return op.get_bind().dialect.name == 'sqlite'
