"""What the library finds, filters and sorts by: tags, and what it needs to know of each text without reading it.

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-26 03:00:00

"""
import unicodedata

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

AT_ONCE = 1000


def upgrade():
    # Added and dropped without batches: on SQLite these would copy the tables, which either can do without now.
    op.add_column('document', sa.Column('folded_title', sa.String(length=400), nullable=False, server_default=''))
    op.add_column('document', sa.Column('words', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('document', sa.Column('input_digest', sa.String(length=64), nullable=False, server_default=''))
    op.add_column('summary', sa.Column('text_digest', sa.String(length=64), nullable=False, server_default=''))
    present = 'FROM revision WHERE revision.document_id = document.id AND revision.number = document.revision_number'
    op.execute(sa.text(
        f'UPDATE document SET words = (SELECT words {present}), '
        f'input_digest = (SELECT COALESCE(carried_digest, digest) {present}) '
        f'WHERE EXISTS (SELECT 1 {present})'
    ))
    op.execute(sa.text(
        'UPDATE summary SET text_digest = (SELECT digest FROM revision WHERE revision.id = summary.revision_id)'
    ))
    _fold_titles()
    for name in ('folded_title', 'words', 'created_at'):
        op.create_index(f'ix_document_owner_id_{name}_id', 'document', ['owner_id', name, 'id'])

    op.create_table('tag',
        sa.Column('document_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('owner_id', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['document_id'], ['document.id'], name=op.f('fk_tag_document_id_document'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_tag_owner_id_user'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('document_id', 'name', name=op.f('pk_tag')),
    )
    op.create_index('ix_tag_owner_id_name_document_id', 'tag', ['owner_id', 'name', 'document_id'])


def downgrade():
    op.drop_table('tag')
    for name in ('folded_title', 'words', 'created_at'):
        op.drop_index(f'ix_document_owner_id_{name}_id', table_name='document')
    op.drop_column('summary', 'text_digest')
    for name in ('input_digest', 'words', 'folded_title'):
        op.drop_column('document', name)


def _fold_titles():
    """No database can: each knows another way to compare letters, SQLite only that of ASCII."""
    connection, after = op.get_bind(), 0
    some = sa.text('SELECT id, title FROM document WHERE id > :after ORDER BY id LIMIT :limit')
    fold = sa.text('UPDATE document SET folded_title = :folded WHERE id = :id')
    while rows := connection.execute(some, {'after': after, 'limit': AT_ONCE}).all():
        connection.execute(fold, [{'id': row.id, 'folded': _folded(row.title)} for row in rows])
        after = rows[-1].id


def _folded(title):
    letters = unicodedata.normalize('NFKD', title.casefold())
    return ''.join(letter for letter in letters if not unicodedata.combining(letter))[:400]
