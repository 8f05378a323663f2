"""Sending mail, with what Python brings.

Flask-Mailman and Flask-Mail begin STARTTLS without checking the server's certificate, so that anybody between could
read a link that opens an account; this checks it.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
import time
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from flask import current_app

from app import locales
from app.config import Settings

SECONDS = 10
LOOPBACK = ("localhost", "127.0.0.1", "::1")
PAUSES = (1, 5)  # seconds between tries: a mail server that is busy says so for a moment

log = logging.getLogger("foreword.mail")


def is_possible() -> bool:
    """Whether mail goes anywhere: to a server, or in development to the terminal."""
    settings = _settings()
    return bool(settings.mail_url) or not settings.production


def site_url() -> str:
    """Where this site is, for links. Never what a request claims: its Host header may be anybody's."""
    return _settings().site_url or "http://localhost:5000"


def asked_in() -> str:
    """The language of the request that causes a mail, for the job that sends it.

    Whoever has not chosen a language in the account gets the mail in this one: most likely they have asked themselves.
    """
    return str(locales.current())


def send(to: str, subject: str, text: str) -> None:
    """Send a plain text to one address. Only a worker calls this: it may take half a minute.

    :raises OSError, smtplib.SMTPException: when it cannot be sent, after three tries.
    """
    settings = _settings()
    message = EmailMessage()
    message["From"] = settings.mail_from or f"Foreword <foreword@{urlsplit(site_url()).hostname}>"
    message["To"], message["Subject"] = to, subject
    message.set_content(text)
    url = settings.mail_url.get_secret_value()
    if not url:
        _print(message)
        return
    for pause in (*PAUSES, None):
        try:
            _deliver(url, message)
        except (OSError, smtplib.SMTPException) as error:
            if pause is None:
                raise
            log.warning("mail is tried again in %s s: %s", pause, type(error).__name__)
            time.sleep(pause)
        else:
            return


def _print(message: EmailMessage) -> None:
    print(f"--- mail to {message['To']}: {message['Subject']}\n{message.get_content()}---", flush=True)  # noqa: T201


def _deliver(url: str, message: EmailMessage) -> None:
    """Hand over *message*, encrypted: a link that opens an account is in it. On this very machine it need not be.

    :raises smtplib.SMTPNotSupportedError: when the server cannot.
    """
    parts, context = urlsplit(url), ssl.create_default_context()
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=SECONDS)
    with server:
        server.ehlo()
        if parts.scheme == "smtp" and host not in LOOPBACK:
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
