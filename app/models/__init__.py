"""What Foreword keeps. State changes are verbs on these models; none of them commits."""

from app.models.claim import Claim
from app.models.document import Document, EditConflict
from app.models.ledger_entry import LedgerEntry
from app.models.revision import Revision
from app.models.summary import Status, Summary
from app.models.user import User

__all__ = ["Claim", "Document", "EditConflict", "LedgerEntry", "Revision", "Status", "Summary", "User"]
