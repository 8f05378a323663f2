"""The Flask extensions, unbound; ``create_app`` binds them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cachelib.serializers import JSONSerializer
from flask_caching import Cache
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf import CSRFProtect
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Every constraint has a name, so that migrations can change it on SQLite and Postgres alike."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class QuietJSON(JSONSerializer):
    """JSON for the cache; what is missing or unreadable is ``None``, a miss.

    Flask-Caching's default is pickle, which would run whatever somebody managed to put into Redis.
    """

    def loads(self, bvalue: str | bytes | bytearray | None, *args: Any, **kwargs: Any) -> Any:
        if bvalue is None:
            return None
        try:
            return json.loads(bvalue)
        except ValueError:
            return None


class LenientSession(Session):
    """Ends without an error: by then the answer is made, and what was to be kept has been committed."""

    def close(self) -> None:
        try:
            super().close()
        except DBAPIError:  # its connection is gone, and the transaction with it
            self.invalidate()


class LimiterOfMarkedViews(Limiter):
    """Asks nothing before each request: no limit holds for all views, and one that has its own asks for itself.

    Before every poll it took a tenth of a millisecond to find nothing.
    """

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


db = SQLAlchemy(model_class=Base, session_options={"class_": LenientSession})
if TYPE_CHECKING:
    Model = Base  # db.Model is made at run time, where no type checker sees it
else:
    Model = db.Model
cache = Cache(config={"CACHE_SERIALIZER": QuietJSON()})
login_manager = LoginManager()
csrf = CSRFProtect()
limiter = LimiterOfMarkedViews(key_func=get_remote_address)
