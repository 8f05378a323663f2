"""Every page, every state of its panels and every template stands in the gallery, and the HTML of each is valid."""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from hashlib import sha256
from pathlib import Path

import pytest
from flask import template_rendered
from lxml import html
from werkzeug.exceptions import HTTPException

from app.config import ROOT
from app.models import Role, Source, Status
from app.summaries.reading import NONE
from app.views.standstill import Standstill
from tests.conftest import missing
from tests.support.gallery import sites
from tests.support.gallery.catalogue import CATALOGUE
from tests.support.gallery.standing import standing

DATABASES = ("sqlite",)  # what is shown here is the same on either
VALIDATOR = Path(__file__).parent / "html"
NO_PAGES = {
    **dict.fromkeys(("static", "pages.htmx", "rq_dashboard.static"), "a file of the site's own"),
    **dict.fromkeys(("pages.healthz", "pages.readyz", "metrics.scrape"), "for machines"),
    **dict.fromkeys(
        ("account.download", "usage.ledger", "usage.reads", "downloads.summary", "public.summary"), "a download"
    ),
    **dict.fromkeys(("summaries.status", "extractions.status", "public.status"), "what changed on a page"),
    **dict.fromkeys((f"rq_dashboard.list_{what}" for what in ("queues", "workers", "jobs")), "for a script"),
    "rq_dashboard.job_info": "for a script",
    "pages.choose_locale": "leads back to the page",
}


@pytest.fixture
def gallery(environment, migrated_sqlite):
    with standing({**environment, **sites.VARIABLES}) as gallery:
        yield gallery


def endpoint_of(app, address: str) -> str | None:
    path = re.sub(r"\{\w+\}", "1", address).partition("?")[0]
    try:
        return app.url_map.bind("").match(path)[0]
    except HTTPException:
        return None


def test_every_page_stands_in_it(app):
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods} - NO_PAGES.keys()
    seen = {endpoint_of(app, entry.address) for entry in CATALOGUE}
    assert pages - seen == set()


def test_no_two_have_the_same_name():
    assert len({entry.name for entry in CATALOGUE}) == len(CATALOGUE)


def test_each_is_what_it_says_and_every_state_of_the_panels_is_among_them(gallery, app):
    states, said = defaultdict(set), ""
    for entry in CATALOGUE:
        answer = gallery.fetch(entry)
        assert (entry.name, answer.status_code) == (entry.name, entry.status)
        page = html.fromstring(answer.text)
        assert page.cssselect(entry.shows), f"{entry.name}: {entry.shows} is not there"
        said += page.text_content()
        for body in page.cssselect("#summary-body, #extraction-body"):
            states[body.get("id"), body.get("data-source")].add(body.get("data-state"))
    assert states["summary-body", None] == {NONE, *Status}
    for source in Source:
        assert states["extraction-body", source] >= {*Status} - {Status.COMPLETE}
    with app.test_request_context():
        assert all(str(stopped.sentence) in said for stopped in Standstill)


def test_every_role_is_among_those_who_look_at_a_document(app):
    names = " ".join(entry.name for entry in CATALOGUE)
    assert all(f"-{role}" in names for role in Role if role != Role.OWNER)


def test_every_template_of_a_page_is_among_them(gallery):
    seen = set()
    for app in gallery.apps.values():
        template_rendered.connect(lambda _app, template, **_: seen.add(template.name), app, weak=False)
    for entry in CATALOGUE:
        gallery.fetch(entry)
    pages = {str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("[!_]*.html")}
    assert {page for page in pages if "base.html" not in page} - seen == set()


# -- what is valid ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def validator(request) -> Path:
    """The folder in which html-validate is installed; it is kept for as long as its lock file says the same."""
    if not (shutil.which("node") and shutil.which("npm")):
        missing("Node.js (as `node`, with `npm`)")
    lock = sha256((VALIDATOR / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = request.config.cache.mkdir(f"html-validate-{lock}")
    for name in ("package.json", "package-lock.json", ".htmlvalidate.cjs"):
        shutil.copy(VALIDATOR / name, folder)
    if not (folder / "node_modules" / ".package-lock.json").exists():  # which npm writes last
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(install, check=False, cwd=folder, capture_output=True, text=True, timeout=300)
        if done.returncode:
            missing(f"html-validate, which npm could not fetch: {done.stderr[-200:]}")
    return folder


def test_the_html_of_each_is_valid(gallery, validator, tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    for entry in CATALOGUE:
        if entry.ours:
            (pages / f"{entry.name}.html").write_text(gallery.fetch(entry).text)
    told = tmp_path / "told.json"
    program = ["node", "node_modules/html-validate/bin/html-validate.mjs", "--config", ".htmlvalidate.cjs"]
    command = [*program, "--formatter", f"json={told}", str(pages)]
    run = subprocess.run(command, check=False, cwd=validator, capture_output=True, text=True)
    wrong = [
        f"{Path(page['filePath']).name}:{one['line']} {one['ruleId']}: {one['message']}"
        for page in json.loads(told.read_text())
        for one in page["messages"]
    ]
    assert wrong == []
    assert run.returncode == 0, run.stderr
