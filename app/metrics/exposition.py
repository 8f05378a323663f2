"""What was found, as Prometheus reads it. Its library takes 0.16 s to load, so that only who is scraped loads it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from app.metrics.catalogue import SUM, TABLE, Found, Kind, Metric


def text(found: Found) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Told(found))
    return generate_latest(registry)


class _Told(Collector):
    """Everything that the table names and for which something was found."""

    def __init__(self, found: Found) -> None:
        self._found = found

    def collect(self) -> Iterable[Family]:
        return [self._histogram(metric) if metric.kind is Kind.HISTOGRAM else self._family(metric) for metric in TABLE]

    def _family(self, metric: Metric) -> Family:
        kind = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
        family = kind(metric.name, metric.help, labels=list(metric.labels))
        for slot in self._slots(metric, len(metric.labels)):
            family.add_metric(slot[1:], self._found[slot] / metric.per_unit)
        return family

    def _histogram(self, metric: Metric) -> Family:
        family = HistogramMetricFamily(metric.name, metric.help, labels=list(metric.labels))
        for labels in sorted({slot[1:-1] for slot in self._slots(metric, len(metric.labels) + 1)}):
            each = (self._found.get(metric.slot(*labels, bound), 0) for bound in metric.bounds)
            upto = list(zip(metric.bounds, accumulate(each), strict=True))
            family.add_metric(labels, upto, self._found.get(metric.slot(*labels, SUM), 0))
        return family

    def _slots(self, metric: Metric, parts: int) -> list[tuple[str, ...]]:
        """Those of the metric. What another release kept under its name, told apart otherwise, is none of them."""
        return sorted(slot for slot in self._found if slot[0] == metric.name and len(slot) == 1 + parts)
