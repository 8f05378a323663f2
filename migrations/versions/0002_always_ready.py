"""Keeping summaries ready, sharing, takes, forms, readership, prices.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-24 06:40:00

"""
import hashlib
import unicodedata

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

# SQLite alters some things by copying the table, and would forget that an id is never given twice.
NEVER_AGAIN = {'table_kwargs': {'sqlite_autoincrement': True}}


def upgrade():
    with op.batch_alter_table('user') as table:
        table.add_column(sa.Column('summary_options', sa.JSON(), nullable=False, server_default='{}'))

    with op.batch_alter_table('document', **NEVER_AGAIN) as table:
        table.add_column(sa.Column('choices', sa.Integer(), nullable=False, server_default='0'))
        table.add_column(sa.Column('pinned_at', sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column('unsettled_since', sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column('public_token', sa.String(length=64), nullable=True))
        table.create_index(table.f('ix_document_unsettled_since'), ['unsettled_since'], unique=False)
        table.create_index(table.f('ix_document_public_token'), ['public_token'], unique=True)

    op.create_table('collaborator',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_collaborator_document_id_document'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_collaborator_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_collaborator')),
    sa.UniqueConstraint('document_id', 'user_id', name=op.f('uq_collaborator_document_id'))
    )
    with op.batch_alter_table('collaborator') as table:
        table.create_index(table.f('ix_collaborator_user_id'), ['user_id'], unique=False)

    with op.batch_alter_table('revision') as table:
        table.add_column(sa.Column('essence', sa.String(length=64), nullable=False, server_default=''))
        table.add_column(sa.Column('language', sa.String(length=8), nullable=False, server_default=''))
        table.add_column(sa.Column('size', sa.Integer(), nullable=False, server_default='0'))
        table.add_column(sa.Column('carried_digest', sa.String(length=64), nullable=True))
    _digest_what_is_there()

    with op.batch_alter_table('summary', **NEVER_AGAIN) as table:
        table.add_column(sa.Column('length', sa.String(length=10), nullable=False, server_default='medium'))
        table.add_column(sa.Column('purpose', sa.String(length=10), nullable=False, server_default='request'))
        table.add_column(sa.Column('estimate', sa.BigInteger(), nullable=True))
        table.add_column(sa.Column('chosen_at', sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE summary SET chosen_at = finished_at WHERE status = 'complete'")

    op.create_table('readership',
    sa.Column('summary_id', sa.Integer(), nullable=False),
    sa.Column('reader_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('reads', sa.Integer(), nullable=False),
    sa.Column('cached', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_readership_document_id_document'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['summary_id'], ['summary.id'], name=op.f('fk_readership_summary_id_summary'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('summary_id', 'reader_id', 'day', name=op.f('pk_readership'))
    )
    with op.batch_alter_table('readership') as table:
        table.create_index('ix_readership_document_id_day', ['document_id', 'day'], unique=False)

    with op.batch_alter_table('ledger_entry') as table:
        table.add_column(sa.Column('purpose', sa.String(length=10), nullable=False, server_default='request'))
        table.add_column(sa.Column('input_price', sa.BigInteger(), nullable=True))
        table.add_column(sa.Column('output_price', sa.BigInteger(), nullable=True))
        table.add_column(sa.Column('cost', sa.BigInteger(), nullable=True))


def _digest_what_is_there():
    """Fill in what is new of each revision, a hundred at a time, as a text may be a megabyte."""
    names = ('id', sa.Integer), ('text', sa.Text), ('essence', sa.String), ('size', sa.Integer)
    revision = sa.table('revision', *(sa.column(*name) for name in names))
    connection, last = op.get_bind(), 0
    while rows := connection.execute(
        sa.select(revision.c.id, revision.c.text).where(revision.c.id > last).order_by(revision.c.id).limit(100)
    ).all():
        for row in rows:
            connection.execute(revision.update().where(revision.c.id == row.id).values(essence=_essence(row.text), size=len(row.text.encode())))
        last = rows[-1].id


def _essence(text):
    """As it was in app/models/revision.py at the time."""
    return hashlib.sha256(' '.join(unicodedata.normalize('NFC', text).split()).encode()).hexdigest()


def downgrade():
    with op.batch_alter_table('ledger_entry') as table:
        for column in ('cost', 'output_price', 'input_price', 'purpose'):
            table.drop_column(column)

    op.drop_table('readership')

    with op.batch_alter_table('summary', **NEVER_AGAIN) as table:
        for column in ('chosen_at', 'estimate', 'purpose', 'length'):
            table.drop_column(column)

    with op.batch_alter_table('revision') as table:
        for column in ('carried_digest', 'language', 'size', 'essence'):
            table.drop_column(column)

    op.drop_table('collaborator')

    with op.batch_alter_table('document', **NEVER_AGAIN) as table:
        table.drop_index(table.f('ix_document_public_token'))
        table.drop_index(table.f('ix_document_unsettled_since'))
        for column in ('public_token', 'unsettled_since', 'pinned_at', 'choices'):
            table.drop_column(column)

    with op.batch_alter_table('user') as table:
        table.drop_column('summary_options')
