"""Any server that speaks OpenAI's chat completions, streamed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx2
import openai

from app.llm.base import Completion, Prompt, ProviderError, Reason, estimated_tokens

if TYPE_CHECKING:
    from openai.types import CompletionUsage

CONNECT_SECONDS = 5.0
CODE = re.compile(r"[a-z0-9_.-]{1,60}")
LONGEST_WAIT_SECONDS = 24 * 60 * 60.0  # no summary waits so long; "inf" or the year 9999 would overflow the row's clock
SILENCE_SECONDS = 60.0  # between two reads; the deadline for the whole call is the caller's

_BY_CODE: dict[str, Reason] = {
    "insufficient_quota": "no_quota",
    "billing_hard_limit_reached": "no_quota",
    "context_length_exceeded": "too_long",
    "string_above_max_length": "too_long",
    "content_filter": "refused",
    "content_policy_violation": "refused",
    "model_not_found": "unknown_model",
    "invalid_api_key": "bad_key",
}
_BY_STATUS: dict[int, Reason] = {
    400: "rejected",
    401: "bad_key",
    402: "no_quota",
    403: "bad_key",
    404: "unknown_model",
    413: "too_long",
    422: "rejected",
    429: "rate_limited",
}


class OpenAIProvider:
    def __init__(self, model: str, api_key: str, base_url: str) -> None:
        self.model = model
        self._client = openai.OpenAI(
            api_key=api_key,
            base_url=base_url,
            # Nobody but the server that was configured is sent a document.
            http_client=openai.DefaultHttpxClient(follow_redirects=False),
            max_retries=0,  # retrying is the job's decision; three calls for one request would be paid thrice
            timeout=openai.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
        )

    def rehearse(self) -> None:
        """Read an answer that comes from nowhere, so that what a call loads and builds is there before the first."""
        events: list[dict[str, Any]] = [
            {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Ready."}, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}},
        ]
        about = {"id": "", "object": "chat.completion.chunk", "created": 0, "model": self.model}
        said = "".join(f"data: {json.dumps({**about, **event})}\n\n" for event in events) + "data: [DONE]\n\n"
        answer = httpx2.Response(200, headers={"Content-Type": "text/event-stream"}, content=said)
        with httpx2.Client(transport=httpx2.MockTransport(lambda _request: answer)) as nobody:
            for _ in self._stream(self._client.with_options(http_client=nobody), Prompt("", "")):
                pass

    def stream(self, prompt: Prompt) -> Iterator[str | Completion]:
        try:
            yield from self._stream(self._client, prompt)
        except openai.APIStatusError as error:
            raise ProviderError(_reason(error), _about(error), _retry_after(error)) from error
        except openai.APITimeoutError as error:
            raise ProviderError("timeout") from error
        except openai.APIConnectionError as error:
            raise ProviderError("unavailable", type(error.__cause__).__name__) from error
        except openai.APIError as error:  # an error event in the midst of the stream
            raise ProviderError(_BY_CODE.get(error.code or "", "unavailable"), _word(error.code)) from error
        except ProviderError:
            raise
        except Exception as error:  # a server that lies: whatever its bytes break, it is no answer
            raise ProviderError("broken_answer", type(error).__name__) from error

    def _stream(self, client: openai.OpenAI, prompt: Prompt) -> Iterator[str | Completion]:
        pieces: list[str] = []
        finish_reason: str | None = None
        usage: CompletionUsage | None = None
        chunks = client.chat.completions.create(
            model=self.model,
            messages=[
                {"role": "system", "content": prompt.instructions},
                {"role": "user", "content": prompt.document},
            ],
            stream=True,
            stream_options={"include_usage": True},
        )
        with chunks:  # hang up when the caller stops listening; the SDK alone waits for the garbage collector
            for chunk in chunks:
                usage = chunk.usage or usage
                for choice in chunk.choices or []:
                    finish_reason = choice.finish_reason or finish_reason
                    if choice.delta and choice.delta.refusal:
                        raise ProviderError("refused")
                    if choice.delta and choice.delta.content:
                        pieces.append(choice.delta.content)
                        yield choice.delta.content
        text = "".join(pieces).strip()
        _check_whole(text, finish_reason)
        yield _completion(prompt, text, usage)


def _check_whole(text: str, finish_reason: str | None) -> None:
    """A stream that was cut raises nothing in the SDK; only "stop" says that the text is whole."""
    if finish_reason == "content_filter":
        raise ProviderError("refused")
    if finish_reason == "length":
        raise ProviderError("cut_short")
    if finish_reason != "stop":
        raise ProviderError("broken_answer", f"the stream ended with finish_reason={finish_reason!r}")
    if not text:
        raise ProviderError("broken_answer", "the answer was empty")


def _completion(prompt: Prompt, text: str, usage: CompletionUsage | None) -> Completion:
    # Compatible servers send no usage, an empty one or nulls; the SDK checks none of it.
    read, written = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
    if isinstance(read, int) and isinstance(written, int):
        return Completion(text, read, written, False)
    sent = len((prompt.instructions + prompt.document).encode())
    return Completion(text, estimated_tokens(sent), estimated_tokens(len(text.encode())), True)


def _about(error: openai.APIStatusError) -> str:
    """What the log says of it. Never the server's sentence: servers repeat the key or the document in it."""
    return f"status {error.status_code} {_word(error.code)} {_word(error.type)}".rstrip()


def _word(given: object) -> str:
    """*given*, if it is a code and no sentence."""
    return given if isinstance(given, str) and CODE.fullmatch(given) else ""


def _reason(error: openai.APIStatusError) -> Reason:
    by_code = _BY_CODE.get(error.code or "") or _BY_CODE.get(str(error.type))  # a type may be any JSON
    if by_code:
        return by_code
    if error.status_code == 400 and "context length" in error.message.lower():
        return "too_long"
    return _BY_STATUS.get(error.status_code, "unavailable")


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Seconds from ``Retry-After``, which is a number or a date (RFC 9110, 10.2.3)."""
    value = error.response.headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(LONGEST_WAIT_SECONDS, max(0.0, seconds))
