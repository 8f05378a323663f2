"""What Prometheus would see: a scrape, read by its own library."""

from __future__ import annotations

import urllib.request

from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

TOKEN = "only Prometheus knows this"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}


class Scrape:
    """Every sample of one answer."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self.samples: list[Sample] = [sample for family in self.families.values() for sample in family.samples]

    def __call__(self, name: str, **labels: str) -> float | None:
        """The value of the one sample that has these labels and no others; None while there is none."""
        found = [s.value for s in self.samples if s.name == f"foreword_{name}" and s.labels == labels]
        assert len(found) <= 1, f"{name} {labels} is there more than once"
        return found[0] if found else None

    def by_label(self, name: str) -> dict[tuple[str, ...], float]:
        """Every value of it that is not 0, by the values of its labels."""
        return {tuple(s.labels.values()): s.value for s in self.samples if s.name == f"foreword_{name}" and s.value}


def scrape(app: Flask) -> Scrape:
    answer = app.test_client().get("/metrics", headers=SHOWN)
    assert answer.status_code == 200, answer.text
    return Scrape(answer.text)


def scrape_at(address: str) -> Scrape:
    """The same, of a web process."""
    with urllib.request.urlopen(urllib.request.Request(f"{address}/metrics", headers=SHOWN), timeout=10) as answer:
        return Scrape(answer.read().decode())
