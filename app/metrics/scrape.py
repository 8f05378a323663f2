"""What Prometheus asks: ``GET /metrics``, with the token that is configured."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, abort, current_app, request

from app.metrics import looks
from app.metrics.counts import Counts
from app.metrics.listeners import takers

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
def scrape() -> Response:
    counts = next((taker for taker in takers() if isinstance(taker, Counts)), None)
    if counts is None:
        abort(404)
    if not _shows_the_token():
        challenge = {"WWW-Authenticate": 'Bearer realm="metrics", Basic realm="metrics"'}
        return Response("The token of METRICS_TOKEN is missing or wrong.\n", 401, challenge, mimetype="text/plain")
    from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

    from app.metrics import exposition

    return Response(exposition.text(looks.look(counts)), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _shows_the_token() -> bool:
    """As a bearer's, or as the password of anybody: Prometheus can send either."""
    shown = request.authorization
    given = (shown.token or shown.password or "") if shown else ""
    token: str = current_app.config["SETTINGS"].metrics_token.get_secret_value()
    return hmac.compare_digest(given.encode(), token.encode())
