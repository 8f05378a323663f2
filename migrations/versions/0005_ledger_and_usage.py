"""What the usage page reconciles: whose documents calls were for, and counts of reads that outlive a document.

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-25 23:30:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

# Counts and the ledger name people and documents that are gone, so an id must never be given twice.
NEVER_AGAIN = {'recreate': 'always', 'table_kwargs': {'sqlite_autoincrement': True}}


def upgrade():
    with op.batch_alter_table('user', **_kept_ids()) as table:
        table.add_column(sa.Column('monthly_budget', sa.BigInteger(), nullable=True))

    with op.batch_alter_table('ledger_entry') as table:
        table.drop_constraint(table.f('fk_ledger_entry_summary_id_summary'), type_='foreignkey')
        table.add_column(sa.Column('owner_id', sa.Integer(), nullable=True))
        table.add_column(sa.Column('fence', sa.Integer(), nullable=False, server_default='0'))
        table.add_column(sa.Column('prompt_version', sa.String(length=20), nullable=False, server_default=''))
        table.add_column(sa.Column('milliseconds', sa.Integer(), nullable=True))
        table.create_foreign_key(
            table.f('fk_ledger_entry_owner_id_user'), 'user', ['owner_id'], ['id'], ondelete='SET NULL'
        )
        table.create_index(table.f('ix_ledger_entry_owner_id'), ['owner_id'], unique=False)
    op.execute(sa.text(
        'UPDATE ledger_entry SET owner_id = (SELECT owner_id FROM document WHERE document.id = ledger_entry.document_id)'
    ))
    op.execute(sa.text(
        'UPDATE ledger_entry SET prompt_version = '
        '(SELECT prompt_version FROM summary WHERE summary.id = ledger_entry.summary_id) '
        'WHERE summary_id IN (SELECT id FROM summary)'
    ))

    with op.batch_alter_table('readership') as table:
        table.drop_constraint(table.f('fk_readership_summary_id_summary'), type_='foreignkey')
        table.drop_constraint(table.f('fk_readership_document_id_document'), type_='foreignkey')
        table.add_column(sa.Column('owner_id', sa.Integer(), nullable=False, server_default='0'))
        table.create_index(table.f('ix_readership_day'), ['day'], unique=False)
    op.execute(sa.text(
        'UPDATE readership SET owner_id = (SELECT owner_id FROM document WHERE document.id = readership.document_id)'
    ))


def downgrade():
    op.execute(sa.text('DELETE FROM readership WHERE summary_id NOT IN (SELECT id FROM summary)'))
    with op.batch_alter_table('readership') as table:
        table.drop_index(table.f('ix_readership_day'))
        table.drop_column('owner_id')
        table.create_foreign_key(
            table.f('fk_readership_summary_id_summary'), 'summary', ['summary_id'], ['id'], ondelete='CASCADE'
        )
        table.create_foreign_key(
            table.f('fk_readership_document_id_document'), 'document', ['document_id'], ['id'], ondelete='CASCADE'
        )

    op.execute(sa.text('UPDATE ledger_entry SET summary_id = NULL WHERE summary_id NOT IN (SELECT id FROM summary)'))
    with op.batch_alter_table('ledger_entry') as table:
        table.drop_index(table.f('ix_ledger_entry_owner_id'))
        table.drop_constraint(table.f('fk_ledger_entry_owner_id_user'), type_='foreignkey')
        for column in ('owner_id', 'fence', 'prompt_version', 'milliseconds'):
            table.drop_column(column)
        table.create_foreign_key(
            table.f('fk_ledger_entry_summary_id_summary'), 'summary', ['summary_id'], ['id'], ondelete='SET NULL'
        )

    with op.batch_alter_table('user', **_kept_ids()) as table:
        table.drop_column('monthly_budget')


def _kept_ids():
    """Only SQLite has to copy the table for that, and Postgres never gives an id twice."""
    return NEVER_AGAIN if op.get_bind().dialect.name == 'sqlite' else {}
