"""What happens in Foreword, said aloud. Metrics and logs listen; nothing in the domain knows of them.

Signals are sent after the commit that made them true.
"""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

cache_hit = _signals.signal("cache-hit")  # key, layer: "cache" or "database"
cache_miss = _signals.signal("cache-miss")  # key
summary_read = _signals.signal("summary-read")  # summary_id, layer: what answered, "cache" or "database"
process_ends = _signals.signal("process-ends")  # of a worker, or a job's own: the last moment to tell anything
polled = _signals.signal("polled")  # panel: "summary" or "extraction", state
budget_refused = _signals.signal("budget-refused")  # user_id, budget: its name
# summary_id, model, step, outcome, input_tokens, output_tokens, cost: micro-dollars or None, milliseconds
provider_called = _signals.signal("provider-called")
summary_requested = _signals.signal("summary-requested")  # summary_id, queue
summary_claimed = _signals.signal("summary-claimed")  # summary_id, attempt, queue, waited: seconds since it was due
# summary_id, seconds: of this attempt; waited: seconds since somebody asked; first_text: seconds from the claim or None
summary_completed = _signals.signal("summary-completed")
summary_retried = _signals.signal("summary-retried")  # summary_id, reason, seconds
summary_failed = _signals.signal("summary-failed")  # summary_id, reason
summary_cancelled = _signals.signal("summary-cancelled")  # summary_id
summary_handed_back = _signals.signal("summary-handed-back")  # summary_id
summary_rescued = _signals.signal("summary-rescued")  # summary_id
extraction_requested = _signals.signal("extraction-requested")  # extraction_id
extraction_claimed = _signals.signal("extraction-claimed")  # extraction_id, attempt
extraction_completed = _signals.signal("extraction-completed")  # extraction_id, seconds
extraction_retried = _signals.signal("extraction-retried")  # extraction_id, reason
extraction_failed = _signals.signal("extraction-failed")  # extraction_id, reason
extraction_cancelled = _signals.signal("extraction-cancelled")  # extraction_id
extraction_handed_back = _signals.signal("extraction-handed-back")  # extraction_id
extraction_rescued = _signals.signal("extraction-rescued")  # extraction_id

signed_up = _signals.signal("signed-up")  # user_id, address: where the request came from
signed_in = _signals.signal("signed-in")  # user_id, address
sign_in_failed = _signals.signal("sign-in-failed")  # address
signed_out = _signals.signal("signed-out")  # user_id
sessions_ended = _signals.signal("sessions-ended")  # user_id
password_reset_asked = _signals.signal("password-reset-asked")  # user_id or 0
password_changed = _signals.signal("password-changed")  # user_id
account_exported = _signals.signal("account-exported")  # user_id
account_closed = _signals.signal("account-closed")  # user_id
shared = _signals.signal("shared")  # document_id, user_id: with whom, role
unshared = _signals.signal("unshared")  # document_id, user_id
published = _signals.signal("published")  # document_id
unpublished = _signals.signal("unpublished")  # document_id
document_deleted = _signals.signal("document-deleted")  # document_id
# user_id: the administrator, or 0 at the terminal; action, target: an id, or 0 for no one thing
admin_acted = _signals.signal("admin-acted")
access_refused = _signals.signal("access-refused")  # user_id, document_id
request_refused = _signals.signal("request-refused")  # status, endpoint, address
