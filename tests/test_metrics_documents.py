"""The dashboard and the alerts ask for nothing that a scrape does not tell."""

import json
import re

import pytest

from app.metrics import catalogue
from tests.provider import fails
from tests.support.people import Person
from tests.support.scraping import TOKEN, scrape
from tests.support.servers import ROOT

DATABASES = ("sqlite",)

DASHBOARD = json.loads((ROOT / "docs/grafana.json").read_text())
ALERTS = (ROOT / "docs/alerts.yml").read_text()
# An indented line that goes on belongs to the expression above it.
EXPRESSION = re.compile(r"^( +)expr: (?:>-\n)?((?:.+\n)(?:\1 {2}.+\n)*)", re.MULTILINE)
SELECTED = re.compile(r"(foreword_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")

targets = [target for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
rules = re.split(r"^ +- alert: ", ALERTS, flags=re.MULTILINE)[1:]
alerted = [match[2] for match in EXPRESSION.finditer(ALERTS)]


@pytest.fixture
def environment(environment):
    return {**environment, "METRICS_TOKEN": TOKEN, "MODEL_PRICES": "test-model=1/4"}


@pytest.fixture
def told(make_app, app, ada, work, provider):
    """What a scrape tells once everything has happened that has no series before it does."""
    provider.script(fails(503), fails(401))
    ada.summarise(ada.add("This fails."))
    work.drain()
    ada.summarise(ada.add("This is written."))
    work.drain()
    unpriced = make_app(openai_model="nobody-s-model", model_prices="")
    again = Person(unpriced, "ada")
    again.log_in()
    again.summarise(again.add("This is written for a price that nobody knows."))
    type(work)(unpriced).drain()
    return scrape(app)


def labels_of(told, name):
    """Each label of a sample, with its values."""
    samples = [sample for sample in told.samples if sample.name == name]
    assert samples, f"{name} is not told"
    return {label: {sample.labels[label] for sample in samples} for label in samples[0].labels}


def selected_in(expression):
    return [(name, MATCHER.findall(matchers)) for name, matchers in SELECTED.findall(expression)]


def test_every_name_and_label_that_is_asked_for_is_told(told):
    for expression in [*(target["expr"] for target in targets), *alerted]:
        known = set()
        for name, matchers in selected_in(expression):
            labels = labels_of(told, name)
            known |= labels.keys()
            for label, how, value in matchers:
                assert set(value.split("|") if how == "=~" else [value]) <= labels[label], expression
        for group in GROUPED.findall(expression):
            assert set(group.split(", ")) <= known, expression


def test_every_legend_names_a_label_that_its_lines_have(told):
    for target in targets:
        ((name, _), *_) = selected_in(target["expr"])
        groups = GROUPED.findall(target["expr"])
        left = set(groups[0].split(", ")) if groups else labels_of(told, name).keys()
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= left, target["expr"]


def test_whatever_is_told_is_shown(told):
    shown = " ".join(target["expr"] for target in targets)
    assert [metric.name for metric in catalogue.TABLE if metric.name not in shown] == []


def test_whatever_is_in_the_table_is_told_with_its_help(told):
    for metric in catalogue.TABLE:
        family = told.families[metric.name.removesuffix("_total")]
        assert (family.type, family.documentation) == (metric.kind, metric.help)
        assert family.samples, metric.name


def test_the_dashboard_can_be_imported():
    (source,) = [given for given in DASHBOARD["__inputs"] if given["type"] == "datasource"]
    assert source["name"] == "DS_PROMETHEUS"
    assert DASHBOARD["schemaVersion"] >= 41
    assert {target["datasource"]["uid"] for target in targets} == {"${DS_PROMETHEUS}"}
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids)) > 20
    assert {panel["type"] for panel in DASHBOARD["panels"]} == {"row", "stat", "timeseries"}


def test_no_panel_lies_over_another():
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + right, at["y"] + down) for right in range(at["w"]) for down in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not taken & cells, panel["title"]
        taken |= cells


def test_every_alert_says_what_is_wrong_and_to_whom():
    assert len(rules) == len(alerted) > 8
    assert len({rule.partition("\n")[0] for rule in rules}) == len(rules)
    for rule in rules:
        assert re.search(r"^ +labels: {severity: (page|ticket)}$", rule, re.MULTILINE)
        assert re.search(r"^ +annotations:\n +summary: \S.+\n +description: \S", rule, re.MULTILINE)
