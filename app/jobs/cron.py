"""When something is due: the five fields of cron in the community's zone, and the words for what people mostly want."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from flask import current_app
from flask_babel import gettext as _

from models.base import BadValue

DAILY, WEEKLY, MONTHLY, TEXT = "daily", "weekly", "monthly", "cron"
LAST_DAY = "L"
MONTH_DAYS = (*(str(n) for n in range(1, 29)), LAST_DAY)


def community_zone() -> ZoneInfo:
    return ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"])


def next_times(cron: str, after: datetime, count: int) -> list[datetime]:
    """The next times in the community's zone, right over the changes of summer time: a time that is left out comes an hour later, one
    that comes twice counts once. Raises BadValue in words."""
    if len(cron.split()) != 5:
        raise BadValue(_("Five parts are needed: minute, hour, day, month, weekday; such as 30 6 * * 1-5 for 6:30 on working days."))
    try:
        return list(islice(CronSim(cron, after.astimezone(community_zone())), count))
    except CronSimError as error:
        raise BadValue(_wrong(str(error))) from error


def next_time(cron: str, after: datetime) -> datetime | None:
    """The next time in UTC; None when it never comes again. Raises BadValue."""
    found = next_times(cron, after, 1)
    return found[0].astimezone(UTC) if found else None


def _wrong(message: str) -> str:
    known = {
        "Bad minute": _("The minute (first part) must be 0 to 59, several with commas, or * for each."),
        "Bad hour": _("The hour (second part) must be 0 to 23, several with commas, or * for each."),
        "Bad day-of-month": _("The day (third part) must be 1 to 31 and exist in that month, L for the last one, or * for each."),
        "Bad month": _("The month (fourth part) must be 1 to 12, several with commas, or * for each."),
        "Bad day-of-week": _("The weekday (fifth part) must be 0 to 6 from Sunday on, several with commas, or * for each."),
    }
    return known.get(message, _("This is not understood; an example: 30 6 * * 1-5 for 6:30 on working days."))


def weekdays() -> tuple[str, ...]:
    """The names of the days, from Monday on."""
    return (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))


class Times:
    """When a schedule runs, as people choose it. Cron counts days from Sunday (0); here a week begins on Monday ("1") and ends on
    Sunday ("0")."""

    def __init__(self, every: str, time: str = "03:00", days: Iterable[str] = (), month_day: str = "1", text: str = "") -> None:
        self.every, self.time, self.days, self.month_day, self.text = every, time, tuple(days), month_day, text

    @classmethod
    def of(cls, cron: str) -> Times:
        """What an expression says in these terms; any other one stays a text."""
        parts = cron.split()
        if len(parts) == 5 and parts[0].isdecimal() and parts[1].isdecimal() and parts[3] == "*":
            minute, hour, day, _month, week = parts
            time = f"{int(hour):02}:{int(minute):02}"
            if (day, week) == ("*", "*"):
                return cls(DAILY, time, text=cron)
            if week == "*" and day in MONTH_DAYS:
                return cls(MONTHLY, time, month_day=day, text=cron)
            days = _days(week)
            if day == "*" and days:
                return cls(WEEKLY, time, days, text=cron)
        return cls(TEXT, text=cron)

    def cron(self) -> str:
        """The expression. Raises BadValue in words."""
        if self.every == TEXT:
            return " ".join(self.text.split())
        hour, _colon, minute = self.time.strip().replace("：", ":").partition(":")
        if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
            raise BadValue(_("A time of day is written as 06:30."))
        at = f"{int(minute)} {int(hour)}"
        if self.every == WEEKLY:
            if not self.days:
                raise BadValue(_("Choose at least one day of the week."))
            return f"{at} * * {','.join(sorted(self.days))}"
        if self.every == MONTHLY:
            return f"{at} {self.month_day if self.month_day in MONTH_DAYS else '1'} * *"
        return f"{at} * * *"

    def words(self) -> str:
        """The same in words, such as 每周一、周三 06:30."""
        if self.every == DAILY:
            return _("Every day at %(time)s", time=self.time)
        if self.every == MONTHLY and self.month_day == LAST_DAY:
            return _("On the last day of every month at %(time)s", time=self.time)
        if self.every == MONTHLY:
            return _("Every month on day %(day)s at %(time)s", day=self.month_day, time=self.time)
        if self.every == WEEKLY and sorted(self.days) == ["1", "2", "3", "4", "5"]:
            return _("On working days at %(time)s", time=self.time)
        if self.every == WEEKLY:
            names = weekdays()
            days = _(", ").join(names[(int(d) - 1) % 7] for d in self.days)
            return _("Every %(days)s at %(time)s", days=days, time=self.time)
        return self.text


def _days(text: str) -> tuple[str, ...]:
    """`1-5` or `1,3` as days from Monday on; nothing when it is written otherwise."""
    found: set[int] = set()
    for part in text.split(","):
        first, _dash, last = part.partition("-")
        if not first.isdecimal() or not (last or first).isdecimal() or int(first) > int(last or first) or int(last or first) > 7:
            return ()
        found.update(n % 7 for n in range(int(first), int(last or first) + 1))
    return tuple(str(n) for n in sorted(found, key=lambda n: (n - 1) % 7))
