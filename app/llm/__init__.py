"""The provider of summaries behind one small interface: a compatible server, or none at all.

Only jobs and the command line call it. ``provider()`` chooses by what is configured.
"""

from __future__ import annotations

from flask import current_app

from app.llm.base import Completion, Prompt, Provider, ProviderError

__all__ = ["OFFLINE_MODEL", "Completion", "Prompt", "Provider", "ProviderError", "make_ready", "model_name", "provider"]

EXTENSION = "foreword-provider"
OFFLINE_MODEL = "offline-extractive-1"


def model_name() -> str:
    """The model that a summary made now would be made with. Cheap: loads no provider."""
    settings = current_app.config["SETTINGS"]
    return settings.openai_model if settings.openai_api_key.get_secret_value() else OFFLINE_MODEL


def provider() -> Provider:
    """The configured provider: the one that was made ready, or else a new one."""
    ready: Provider | None = current_app.extensions.get(EXTENSION)
    return ready or _made()


def make_ready() -> None:
    """Make the provider now, for every process that is forked from this one, which itself calls nobody.

    To load its library, read the authorities that it trusts and build what reads an answer takes longer than all else
    before a call: 130 ms of a processor for each (measured).
    """
    current_app.extensions[EXTENSION] = made = _made()
    made.rehearse()


def _made() -> Provider:
    """Its library is loaded here, so that web processes never load it."""
    settings = current_app.config["SETTINGS"]
    if model_name() == OFFLINE_MODEL:
        from app.llm.offline import OfflineProvider

        return OfflineProvider(OFFLINE_MODEL)
    from app.llm.openai_client import OpenAIProvider

    return OpenAIProvider(
        model=settings.openai_model,
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
    )
