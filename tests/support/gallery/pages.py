"""The pages that are no document's panel: of visitors, accounts, the library, forms, administrators, and errors."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.gallery.entry import ADA, BEN, DORA, EVE, FRITZ, GRETA, Entry, Sent
from tests.support.gallery.filling import LIMITED
from tests.support.people import PASSWORD

WRONG = {"email": "ada@example.org", "password": "not the one"}
MORE_THAN_A_MEGABYTE = "x" * 1_100_000
DASHBOARD = {
    "": "",
    "-workers": "0/view/workers",
    "-jobs": "0/view/jobs/high/queued/8/asc/1",
    "-first-jobs": "0/view/jobs",
    "-all": "0/view/queues",
    "-job": "0/view/job/{job}",
}


def visitors() -> Iterator[Entry]:
    yield Entry("home", "/")
    yield Entry("home-closed", "/", site="closed")
    yield Entry("log-in", "/login")
    yield Entry("log-in-closed", "/login", site="closed")
    yield Entry("log-in-wrong", "/login", sends=Sent("main form", WRONG), status=422)
    yield Entry("sign-up", "/signup")
    yield Entry("sign-up-closed", "/signup", site="closed")
    yield Entry("sign-up-empty", "/signup", sends=Sent("main form"), status=422)
    yield Entry("sign-up-sent", "/signup/sent")
    yield Entry("open-account", "/signup/confirm/{confirming}")
    wrong = Sent("main form", {"password": "not the one"})
    yield Entry("open-account-wrong", "/signup/confirm/{confirming}", sends=wrong, status=422)
    yield Entry("open-account-too-late", "/signup/confirm/of-yesterday", status=404)
    yield Entry("forgotten", "/password/forgotten")
    yield Entry("forgotten-without-mail", "/password/forgotten", site="without mail")
    yield Entry("forgotten-empty", "/password/forgotten", sends=Sent("main form"), status=422)
    somebody = Sent("main form", {"email": "ada@example.org"})
    yield Entry("forgotten-no-mail-now", "/password/forgotten", sends=somebody, status=503, site="without redis")
    yield Entry("forgotten-sent", "/password/sent")
    yield Entry("new-password", "/password/reset/{resetting}")
    short = Sent("main form", {"password": "short"})
    yield Entry("new-password-short", "/password/reset/{resetting}", sends=short, status=422)
    yield Entry("new-password-too-late", "/password/reset/of-yesterday", status=404)


def accounts() -> Iterator[Entry]:
    yield Entry("account", "/account", ADA)
    wrong = Sent("form[action$='/password']", {"current": "not the one", "password": "short"})
    yield Entry("account-wrong", "/account", ADA, wrong, status=422)
    yield Entry("account-delete", "/account/delete", ADA)
    yield Entry("account-delete-nothing", "/account/delete", EVE)
    yield Entry("account-delete-wrong", "/account/delete", ADA, Sent("main form", {"password": "wrong"}), status=422)


def library() -> Iterator[Entry]:
    yield Entry("library", "/documents", ADA, shows=".library li")
    yield Entry("library-at-home", "/", ADA, shows=".library li")
    yield Entry("library-next-page", "{second_page}", ADA, shows=".paging")
    yield Entry("library-nothing-after", "/documents?after=0-1", ADA, shows=".empty")
    yield Entry("library-found", "/documents?q=harbour", ADA, shows=".library li")
    yield Entry("library-nothing-found", "/documents?q=zeppelin", ADA, shows=".empty")
    yield Entry("library-empty", "/documents", EVE, shows=".empty")
    yield Entry("library-shared", "/documents", BEN, shows=".library li")
    yield Entry("library-filtered", "/documents?state=failed&tag=harbour&sort=title", ADA, shows=".library li")
    yield Entry("library-none-chosen", "/documents", ADA, Sent("#selection", {"action": "delete"}), shows=".flash")
    several = ("{none}", "{stale}", "{complete}", "{pending}")
    yield _chosen("summarise", several)
    yield _chosen("tags", several)
    yield _chosen("tags", several, suffix="-wrong", status=422, confirm="add", tag="")
    yield _chosen("delete", several)
    yield _chosen("delete", ("{complete}", "{stale}"), BEN, "-others")
    yield _chosen("tags", ("{complete}",), BEN, "-others")
    yield _chosen("summarise", ("{refused}", "{refused_stale}"), GRETA, "-refused")


def _chosen(
    action: str, documents: tuple[str, ...], who: str = ADA, suffix: str = "", status: int = 200, **fields: str
) -> Entry:
    """What is asked about several documents that were chosen in the library."""
    sends = Sent("#selection", {"action": action, "document": documents, **fields})
    return Entry(f"library-{action}{suffix}", "/documents", who, sends, status, shows=".several")


def documents() -> Iterator[Entry]:
    yield Entry("new", "/documents/new", ADA)
    yield Entry("new-empty", "/documents/new", ADA, Sent("main form"), status=422)
    typed = {"title": "The lamp", "text": "What was typed is not lost."}
    yield Entry("new-kept", "/documents/new", ADA, Sent("main form", {**typed, "csrf_token": "of before"}), status=400)
    yield Entry("new-kept-signed-out", "/login", sends=Sent("main form", typed, "/documents"), status=401)
    yield Entry("edit", "/documents/{complete}/edit", ADA)
    too_long = Sent("main form", {"title": "x" * 201})
    yield Entry("edit-wrong", "/documents/{complete}/edit", ADA, too_long, status=422)
    older = Sent("main form", {"version": "99", "text": "Another text altogether.\n\nIt has two paragraphs."})
    yield Entry("edit-conflict", "/documents/{stale}/edit", ADA, older, status=409)
    yield Entry("edit-saved", "/documents/{more1}/edit", ADA, Sent("main form"), shows=".flash")
    yield Entry("delete", "/documents/{complete}", ADA, Sent(".document-actions form"), shows=".named")
    yield Entry("changes", "/documents/{stale}/changes", ADA, shows="ins")
    yield Entry("changes-none", "/documents/{complete}/changes", ADA)
    yield Entry("takes", "/documents/{takes}/summary/takes", ADA, shows=".compare")
    yield Entry("takes-viewer", "/documents/{complete}/summary/takes", BEN)
    yield Entry("takes-one", "/documents/{complete}/summary/takes", ADA)
    yield Entry("takes-none", "/documents/{none}/summary/takes", ADA)
    yield Entry("receipt", "/documents/{complete}/summary/receipt", ADA, shows=".receipt")
    yield Entry("receipt-carried-over", "/documents/{carried_over}/summary/receipt", ADA, shows=".receipt")
    yield Entry("receipt-none", "/documents/{none}/summary/receipt", ADA)
    yield Entry("sharing", "/documents/{pinned}/sharing", ADA)
    yield Entry("sharing-shared", "/documents/{complete}/sharing", ADA, shows="#public-link")
    stranger = Sent("form.stack", {"email": "nobody@example.org"})
    yield Entry("sharing-wrong", "/documents/{complete}/sharing", ADA, stranger, status=422)


def usage() -> Iterator[Entry]:
    yield Entry("usage", "/usage?month={month}", ADA, shows=".chart")
    yield Entry("usage-empty", "/usage", EVE)
    yield Entry("usage-offline", "/usage?month={month}", ADA, shows=".notice", site="closed")
    yield Entry("usage-everybody", "/usage?month={month}", DORA, shows=".chart")


def administration() -> Iterator[Entry]:
    yield Entry("admin", "/admin", DORA)
    yield Entry("admin-no-worker", "/admin", DORA, shows=".admin-warning", site="without workers")
    yield Entry("admin-no-redis", "/admin", DORA, shows=".admin-warning", site="without redis")
    yield Entry("admin-people", "/admin/people", DORA, shows=".library li")
    yield Entry("admin-people-nobody-found", "/admin/people?q=zeppelin", DORA)
    yield Entry("admin-person", "/admin/people/{ada}", DORA)
    yield Entry("admin-person-not-confirmed", "/admin/people/{hugo}", DORA)
    yield Entry("admin-oneself", "/admin/people/{dora}", DORA)
    lots = Sent("form.stack", {"budget": "lots"})
    yield Entry("admin-person-wrong", "/admin/people/{ada}", DORA, lots, status=422)
    yield Entry(
        "admin-close", "/admin/people/{ada}", DORA, Sent("[aria-labelledby=closing-heading] form"), shows=".named"
    )
    yield Entry("admin-unmake", "/admin/people/{dora}", DORA, Sent("form[action$='/admin/delete']"), shows=".named")
    yield Entry("admin-work", "/admin/work", DORA, shows=".people")
    yield Entry("admin-work-no-redis", "/admin/work", DORA, shows=".admin-warning", site="without redis")
    yield Entry("admin-cache", "/admin/cache", DORA)
    yield Entry("admin-cache-wrong", "/admin/cache", DORA, Sent("form[action$='/document']"), status=422)
    for name, path in DASHBOARD.items():
        yield Entry(f"queues{name}", f"/admin/queues/{path}", DORA, ours=False)
    yield Entry("queues-no-redis", "/admin/queues/", DORA, status=503, site="without redis")


def in_german() -> Iterator[Entry]:
    """Long words, and pages that do not bring themselves up to date."""
    yield Entry("german-home", "/", FRITZ)
    yield Entry("german-new", "/documents/new", FRITZ)
    yield Entry("german-complete", "/documents/{complete}", FRITZ, shows="#summary-body[data-state=complete]")
    yield Entry("german-stale", "/documents/{stale}", FRITZ, shows="#summary-body[data-stale=true]")
    yield Entry("german-writing", "/documents/{writing}", FRITZ, shows="#summary-body[data-state=processing]")
    yield Entry("german-receipt", "/documents/{complete}/summary/receipt", FRITZ)
    yield Entry("german-usage", "/usage", FRITZ)
    yield Entry("german-account", "/account", FRITZ)
    yield Entry("german-error", "/nothing/here", FRITZ, status=404)


def errors() -> Iterator[Entry]:
    yield Entry("error-400", "/login", sends=Sent("main form", {"csrf_token": "x"}), status=400)
    yield Entry("error-403", "/documents/{complete}/edit", BEN, status=403)
    yield Entry("error-404", "/nothing/here", status=404)
    yield Entry("error-404-signed-in", "/documents/999999", ADA, status=404)
    yield Entry("error-404-link", "/shared/revoked", status=404)
    yield Entry("error-405", "/logout", status=405)
    unread = Sent("main form", to="/documents/{file_failed}/summary")
    yield Entry("error-409", "/documents/new", ADA, unread, status=409)
    yield Entry("error-413", "/documents/new", ADA, Sent("main form", {"text": MORE_THAN_A_MEGABYTE}), status=413)
    strange = Sent("#summary-form", {"length": "strange"})
    yield Entry("error-422", "/documents/{none}", ADA, strange, status=422)
    yield Entry("error-429", "/password/forgotten", sends=Sent("main form", {"email": LIMITED}), status=429)
    yield Entry(
        "error-500", "/login", sends=Sent("main form", {**WRONG, "password": PASSWORD}), status=500, site="broken"
    )
    away = Sent("main form", {**WRONG, "password": PASSWORD})
    yield Entry("error-503", "/login", sends=away, status=503, site="without database")
