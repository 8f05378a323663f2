"""Text that is read from files and pages in the background, long texts in parts, coverage and quotations.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-24 17:40:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

# SQLite alters some things by copying the table, and would forget that an id is never given twice.
NEVER_AGAIN = {'table_kwargs': {'sqlite_autoincrement': True}}


def upgrade():
    with op.batch_alter_table('document', **NEVER_AGAIN) as table:
        table.add_column(sa.Column('address', sa.String(length=2000), nullable=True))

    with op.batch_alter_table('revision') as table:
        table.add_column(sa.Column('gaps', sa.JSON(), nullable=False, server_default='[]'))

    with op.batch_alter_table('summary', **NEVER_AGAIN) as table:
        table.add_column(sa.Column('coverage', sa.JSON(), nullable=False, server_default='{}'))
        table.add_column(sa.Column('passages', sa.JSON(), nullable=False, server_default='[]'))

    with op.batch_alter_table('ledger_entry') as table:
        table.add_column(sa.Column('step', sa.String(length=10), nullable=False, server_default='whole'))

    op.create_table('extraction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=2000), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('title_given', sa.Boolean(), nullable=False),
    sa.Column('text_digest', sa.String(length=64), nullable=True),
    sa.Column('changed', sa.Boolean(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('requested_by_id', sa.Integer(), nullable=True),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('queue', sa.String(length=10), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('give_up_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_extraction_document_id_document'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['requested_by_id'], ['user.id'], name=op.f('fk_extraction_requested_by_id_user'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_extraction')),
    sa.UniqueConstraint('document_id', name=op.f('uq_extraction_document_id'))
    )
    with op.batch_alter_table('extraction') as table:
        table.create_index('ix_extraction_status_next_at', ['status', 'next_at'], unique=False)
        table.create_index(table.f('ix_extraction_requested_by_id'), ['requested_by_id'], unique=False)

    op.create_table('part',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('notes', sa.Text(), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('holder_id', sa.Integer(), nullable=False),
    sa.Column('holder_fence', sa.Integer(), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_part_document_id_document'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_part')),
    sa.UniqueConstraint('key', name=op.f('uq_part_key'))
    )
    with op.batch_alter_table('part') as table:
        table.create_index(table.f('ix_part_document_id'), ['document_id'], unique=False)


def downgrade():
    op.drop_table('part')
    op.drop_table('extraction')

    with op.batch_alter_table('ledger_entry') as table:
        table.drop_column('step')

    with op.batch_alter_table('summary', **NEVER_AGAIN) as table:
        table.drop_column('passages')
        table.drop_column('coverage')

    with op.batch_alter_table('revision') as table:
        table.drop_column('gaps')

    with op.batch_alter_table('document', **NEVER_AGAIN) as table:
        table.drop_column('address')
