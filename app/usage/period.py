"""The calendar month (UTC) that usage is looked at in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.database import utcnow


@dataclass(frozen=True)
class Month:
    year: int
    month: int

    @classmethod
    def present(cls) -> Month:
        now = utcnow()
        return cls(now.year, now.month)

    @classmethod
    def parse(cls, given: str) -> Month:
        """The month that ``2026-11`` means; of anything else, and of the future, the present one."""
        try:
            asked = datetime.strptime(given, "%Y-%m").replace(tzinfo=UTC)
        except ValueError:
            return cls.present()
        present = cls.present()
        return cls(asked.year, asked.month) if (asked.year, asked.month) < (present.year, present.month) else present

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def before(self) -> Month | None:
        """The month before it; none before the first year that there is."""
        last = self.first_day - timedelta(days=1) if (self.year, self.month) > (1, 1) else None
        return Month(last.year, last.month) if last else None

    @property
    def after(self) -> Month | None:
        """The month after it; none after the present one."""
        following = _next(self.first_day)
        return None if self == Month.present() else Month(following.year, following.month)

    @property
    def starts_at(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def ends_at(self) -> datetime:
        following = _next(self.first_day)
        return datetime(following.year, following.month, 1, tzinfo=UTC)

    @property
    def days(self) -> list[date]:
        """Each day that has begun."""
        last = min(self.ends_at - timedelta(days=1), utcnow()).date()
        return [self.first_day + timedelta(days=n) for n in range((last - self.first_day).days + 1)]


def _next(first_day: date) -> date:
    return date(first_day.year + first_day.month // 12, first_day.month % 12 + 1, 1)
