"""The pages of administrators. To everybody else there are none."""

from __future__ import annotations

from app.views.admin import cache, dashboard, overview, people, work

PAGES = (overview, people, work, cache, dashboard)
