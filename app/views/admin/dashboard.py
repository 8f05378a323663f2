"""RQ's own dashboard, which looks into Redis itself: queues, workers, and each job.

Its views are served one by one, and not by its own blueprint: that one changes things by GET, connects anew at each
request with RQ's patience, and takes the number of a Redis from the address.
"""

from __future__ import annotations

import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, current_app, g, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from pydantic import SecretStr
from redis import RedisError, ResponseError
from rq.exceptions import DeserializationError, InvalidJobOperation, NoSuchJobError
from rq.job import parse_job_id, validate_job_id

from app import queues
from app.config import Settings
from app.views.admin.area import acted, area
from app.views.headers import CONTENT_SECURITY_POLICY

POLL_MILLISECONDS = 2500
MOST_PER_PAGE = 200
MOST_PAGES = 10_000
SHORTEST_SECRET = 6  # characters; what is shorter would be found in many words of a page
REGISTRIES = frozenset({"queued", "scheduled", "deferred", "started", "finished", "failed", "canceled"})
SOME_JOBS = "<queue_name>/<registry_name>/<per_page>/<order>/<page>"
FIRST_JOBS = {"queue_name": queues.DEFAULT, "registry_name": "queued", "per_page": 8, "order": "asc", "page": 1}
# Its templates are underscore's, which are compiled as they are shown: hence unsafe-eval. Its scripts stand in the
# page: hence the nonce. Its elements have attributes of style.
POLICY = CONTENT_SECURITY_POLICY.replace(
    "script-src 'self'", "script-src 'self' 'nonce-{nonce}' 'unsafe-eval'"
).replace("style-src 'self'", "style-src 'self'; style-src-attr 'unsafe-inline'")

_spec = find_spec("rq_dashboard")
_here = Path(_spec.origin if _spec and _spec.origin else "").parent
bp = area("rq_dashboard", __name__, "/queues", template_folder=_here / "templates", static_folder=_here / "static")


# -- its views ---------------------------------------------------------------------------------------------


def _show(path: str, view: str, endpoint: str = "", **fixed: Any) -> None:
    """Show something of the one Redis there is, at *path*, by rq-dashboard's *view*."""

    def show(**given: Any) -> ResponseReturnValue:
        return _answer(view, instance_number=0, **fixed, **given)

    bp.add_url_rule(path, endpoint or view, show)


def _change(path: str, view: str) -> None:
    """Let something be changed there, which is told."""

    def change(**given: Any) -> ResponseReturnValue:
        answer = _answer(view, **given)
        acted(f"queues-{view.removesuffix('_view').replace('_', '-')}")
        return answer

    bp.add_url_rule(path, view, change, methods=["POST"])


def _answer(view: str, **arguments: Any) -> ResponseReturnValue:
    from app.views.admin import dashboard_views

    try:
        answer: ResponseReturnValue = dashboard_views.view(view)(**arguments)
    except (NoSuchJobError, DeserializationError):
        abort(404)
    except (InvalidJobOperation, ResponseError):  # it has been done, or there is nothing to do it to
        abort(409)
    return answer


_show("/", "queues_overview")
_show("/0/view/queues", "queues_overview", "queues")
_show("/0/view/workers", "workers_overview")
_show("/0/view/jobs", "jobs_overview", "first_jobs", **FIRST_JOBS)
_show(f"/0/view/jobs/{SOME_JOBS}", "jobs_overview")
_show("/0/view/job/<job_id>", "job_view")
_show("/0/data/queues.json", "list_queues")
_show("/0/data/workers.json", "list_workers")
_show(f"/0/data/jobs/{SOME_JOBS}.json", "list_jobs")
_show("/0/data/job/<job_id>.json", "job_info")
_change("/job/<job_id>/delete", "delete_job_view")
_change("/job/<job_id>/requeue", "requeue_job_view")
_change("/requeue/<queue_name>", "requeue_all")
_change("/queue/<queue_name>/<registry_name>/empty", "empty_queue")
_change("/queue/<queue_name>/compact", "compact_queue")


# -- around them -------------------------------------------------------------------------------------------


@bp.record
def _configure(state: BlueprintSetupState) -> None:
    """Which Redis it is, for the page to say; a password may stand in several places of its address."""
    address = urlsplit(state.app.config["SETTINGS"].redis_url)
    state.app.config["RQ_DASHBOARD_REDIS_URL"] = [f"{address.hostname or ''}:{address.port or 6379}{address.path}"]


@bp.context_processor
def _interval() -> dict[str, Any]:
    return {"poll_interval": POLL_MILLISECONDS}


@bp.before_request
def _prepare() -> None:
    """Check the address, and give its views our own impatient connection.

    :raises RedisError: when Redis does not answer.
    """
    given = request.view_args or {}
    if given.get("queue_name", queues.DEFAULT) not in queues.ALL:
        abort(404)
    if given.get("registry_name", "queued") not in REGISTRIES:
        abort(404)
    if "job_id" in given:
        _job_id_or_404(given["job_id"])
    for name, most in (("per_page", MOST_PER_PAGE), ("page", MOST_PAGES)):
        if name in given:
            given[name] = _number_or_404(given[name], most)
    current_app.redis_conn = queues.connection()  # type: ignore[attr-defined] # where its views look
    queues.connection().ping()
    g.nonce = secrets.token_urlsafe(16)


def _job_id_or_404(typed: str) -> None:
    """No job can have an id that RQ refuses. The id of a job's execution stands for that of the job, as to RQ."""
    try:
        validate_job_id(parse_job_id(typed))
    except ValueError:
        abort(404)


def _number_or_404(typed: str, most: int) -> int:
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 9 and 0 < int(typed) <= most):
        abort(404)
    return int(typed)


@bp.errorhandler(RedisError)
def _away(_error: RedisError) -> ResponseReturnValue:
    return render_template("admin/away.html"), 503


@bp.after_request
def _allow_its_scripts(response: Response) -> Response:
    if "nonce" in g and response.status_code == 200:
        response.headers["Content-Security-Policy"] = POLICY.format(nonce=g.nonce)
    return response


@bp.after_request
def _hide_secrets(response: Response) -> Response:
    """What went wrong in a job is shown as Python tells it, which may repeat what a job was configured with."""
    if not response.direct_passthrough:
        said = response.get_data(as_text=True)
        for secret in _secrets():
            said = said.replace(secret, "…")
        response.set_data(said)
    return response


def _secrets() -> set[str]:
    settings: Settings = current_app.config["SETTINGS"]
    found = {current_app.config["SECRET_KEY"]}
    for _, value in settings:
        told = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(value, SecretStr):
            found.add(told)
        if isinstance(told, str) and "://" in told:
            found.add(urlsplit(told).password or "")
    return {secret for secret in found if len(secret) >= SHORTEST_SECRET}
