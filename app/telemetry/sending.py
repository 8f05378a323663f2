"""Where spans go, and the ids of those that other processes have to find again."""

from __future__ import annotations

import hashlib
import threading
from multiprocessing.util import Finalize

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, Tracer, set_span_in_context

from app import logs

SEND_SECONDS = 2.0  # for one batch, in a thread that nobody waits for but a process that ends
LAST_WORDS_SECONDS = 1.0  # that a job waits for its spans to be taken


class IdsOfTheClick(RandomIdGenerator):
    """Ids that follow from that of the click, which every process that works for it knows."""

    def generate_trace_id(self) -> int:
        return _derived(logs.request_id(), 16) or super().generate_trace_id()

    def generate_span_id(self) -> int:
        return _derived(logs.request_id(), 8) or super().generate_span_id()

    def is_trace_id_random(self) -> bool:
        return False


def _derived(request_id: str, size: int) -> int:
    """A number of *size* bytes, always the same for the same click; 0 for none."""
    return int.from_bytes(hashlib.blake2b(request_id.encode(), digest_size=size).digest()) if request_id else 0


def of_the_click() -> Context:
    """The parent of whatever is done for the click: the span of its request, wherever and whenever that was."""
    if not logs.request_id():
        return Context()
    ids = IdsOfTheClick()
    request = SpanContext(ids.generate_trace_id(), ids.generate_span_id(), True, TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(request), Context())


class Sending(SpanProcessor):
    """Sends spans from a thread of its own.

    The process that has the first span to send starts it: a thread does not live through a fork.
    """

    def __init__(self, endpoint: str) -> None:
        self._address = f"{endpoint.rstrip('/')}/v1/traces"
        self._resource = Resource.create({SERVICE_NAME: "foreword"})  # it looks through what is installed
        self._starting = threading.Lock()
        self._batches: BatchSpanProcessor | None = None
        Finalize(None, self.shutdown, exitpriority=0)  # a web process of Granian's ends without atexit

    def tracer(self, ids: IdGenerator) -> Tracer:
        provider = TracerProvider(resource=self._resource, id_generator=ids, shutdown_on_exit=False)
        provider.add_span_processor(self)
        return provider.get_tracer("foreword")

    def on_end(self, span: ReadableSpan) -> None:
        with self._starting:
            if self._batches is None:
                self._batches = BatchSpanProcessor(OTLPSpanExporter(self._address, timeout=SEND_SECONDS))
        self._batches.on_end(span)

    def send_now(self) -> None:
        """Send what there is, as far as the collector takes it within the time; the SDK's own limit has no effect."""
        if self._batches:
            sending = threading.Thread(target=self._batches.force_flush, daemon=True)
            sending.start()
            sending.join(LAST_WORDS_SECONDS)

    def shutdown(self) -> None:
        if self._batches:
            self._batches.shutdown()
