"""What costs much and shows nothing new the second time: compiling templates and routes, and strong hashes.

Measured as processor time: the first page of an application is there after 10 ms instead of 80 ms where another one
has compiled its templates, an application is made in 15 ms instead of 75 where another one has compiled its routes,
and a weak hash takes no time where a strong one takes 270 ms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from app.models import user

STRONG = user._hasher  # Foreword's own
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@contextmanager
def hashing(hasher: PasswordHasher) -> Iterator[None]:
    """Hash passwords so in this process; the processes that a test starts are as they are outside of tests."""
    before, user._hasher = user._hasher, hasher
    try:
        yield
    finally:
        user._hasher = before


class CompiledTemplates(BytecodeCache):
    """What any application of this process has compiled, by names and the digests of the sources."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.code


_compiled_templates = CompiledTemplates()


def share_templates(app: Flask) -> Flask:
    app.jinja_env.bytecode_cache = _compiled_templates
    return app


@contextmanager
def sharing_routes() -> Iterator[None]:
    """Compile what builds the address of a route once for all applications that have the route."""
    compile_anew, compiled = Rule._compile_builder, {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = rule.rule, rule.subdomain, repr(rule.defaults), append_unknown
        if key not in compiled:
            compiled[key] = compile_anew(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = compile_once
    try:
        yield
    finally:
        Rule._compile_builder = compile_anew
