"""Dates as people write them. What can be read in two ways (03/04/2026, 26-3-5) is refused, never guessed. Forms are filled in
today, so there the year may be left out (3-5, 3月5日), and 今天 or yesterday mean a day; in a file they could mean any."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from flask_babel import get_timezone
from flask_babel import gettext as _

from models.base import BadValue, today

_YEARS = range(1800, 2200)
_EPOCH = datetime(1899, 12, 30)  # day 0 of a spreadsheet, its false 29 February 1900 counted in
# Serials of 1920-01-01 … 2099-12-31. Below stand numbers that are more likely years (1992) or amounts.
_SERIALS = range(7306, 73051)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_TIME = r"(?:[T ]\s*(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"

_YMD = re.compile(rf"(?P<y>\d{{4}})(?P<s>[-./ ])(?P<m>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}}){_TIME}", re.IGNORECASE)
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})")
_CHINESE = re.compile(rf"(?P<y>\d{{4}}) ?年 ?(?P<m>\d{{1,2}}) ?月 ?(?P<d>\d{{1,2}}) ?[日号]?{_TIME}")
_ENGLISH_M = re.compile(rf"(?P<n>[A-Za-z]{{3,9}})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}}){_TIME}")
_ENGLISH_D = re.compile(rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[ -](?P<n>[A-Za-z]{{3,9}})\.?,?[ -](?P<y>\d{{4}}){_TIME}")
_LAST = re.compile(rf"(?P<a>\d{{1,2}})(?P<s>[-./])(?P<b>\d{{1,2}})(?P=s)(?P<y>\d{{4}}){_TIME}")
_MONTH_DAY = re.compile(rf"(?P<m>\d{{1,2}}) ?月 ?(?P<d>\d{{1,2}}) ?[日号]?{_TIME}")
_TWO = re.compile(rf"(?P<a>\d{{1,2}})(?P<s>[-./])(?P<b>\d{{1,2}}){_TIME}")
_DAYS = {
    **dict.fromkeys(("今天", "今日", "today"), 0),
    **dict.fromkeys(("昨天", "昨日", "yesterday"), -1),
    **dict.fromkeys(("明天", "明日", "tomorrow"), 1),
    "前天": -2,
    "后天": 2,
}
_SAID = re.compile(rf"(?P<word>{'|'.join(_DAYS)}){_TIME}", re.IGNORECASE)
_NOW = frozenset(["现在", "此刻", "now"])
_SHORT_YEAR = re.compile(r"\d{2}[-./年]\d{1,2}[-./月]\d{1,2}日?|\d{1,2}[-./]\d{1,2}[-./]\d{2}")
_MONTH_ONLY = re.compile(r"\d{4}(?:[-./]\d{1,2}|年(?:\d{1,2}月)?)?")

SERIAL = "serial"
"""Note under which readers count number cells that were read as a spreadsheet's day number."""


def zone() -> tzinfo:
    """The community's time zone; times without one in files and forms are meant in it."""
    try:
        return get_timezone() or UTC
    except (RuntimeError, KeyError):  # no application at hand
        return UTC


def read_date(raw: Any, *, in_file: bool = False, notes: Counter[tuple[str, str]] | None = None) -> date:
    """A calendar day. Raises BadValue."""
    moment = _moment(raw, in_file, notes)
    if isinstance(moment, datetime):
        if moment.time() != time(0):
            raise BadValue(_("“%(value)s” has a time of day; only a date is wanted: %(date)s.", value=raw, date=moment.date().isoformat()))
        return moment.date()
    return moment


def read_datetime(raw: Any, *, in_file: bool = False, notes: Counter[tuple[str, str]] | None = None) -> datetime:
    """An instant in UTC. Raises BadValue."""
    moment = _moment(raw, in_file, notes)
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(0))
    if moment.tzinfo is None:
        local = zone()
        # pytz zones must place a time themselves; others accept being attached.
        moment = local.localize(moment) if hasattr(local, "localize") else moment.replace(tzinfo=local)
    return moment.astimezone(UTC)


def _moment(raw: Any, in_file: bool, notes: Counter[tuple[str, str]] | None) -> date | datetime:
    if isinstance(raw, (date, datetime)):
        return raw
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return _from_number(raw, in_file, notes)
    if isinstance(raw, str):
        return _from_text(" ".join(unicodedata.normalize("NFKC", raw).split()), raw, in_file)
    raise BadValue(_("“%(value)s” is not a date; write it like 2026-03-05.", value=raw))


def _from_number(raw: float, in_file: bool, notes: Counter[tuple[str, str]] | None) -> date | datetime:
    if in_file and raw == int(raw) and (found := _COMPACT.fullmatch(str(int(raw)))) and int(found["y"]) in range(1900, 2100):
        return _day(str(int(raw)), found["y"], found["m"], found["d"])
    if not in_file or int(raw) not in _SERIALS:
        raise BadValue(_("The number %(value)s is not a date; write it like 2026-03-05.", value=f"{raw:.15g}"))
    if notes is not None:
        notes[SERIAL, ""] += 1
    # Excel counts days; rounding to seconds removes the noise of the fraction.
    return _EPOCH + timedelta(seconds=round(raw * 86400))


def _from_text(text: str, raw: str, in_file: bool) -> date | datetime:
    for pattern in (_YMD, _CHINESE, _COMPACT):
        if found := pattern.fullmatch(text):
            day = _day(raw, found["y"], found["m"], found["d"])
            return _with_time(raw, day, found) if pattern is not _COMPACT else day
    for pattern in (_ENGLISH_M, _ENGLISH_D):
        if (found := pattern.fullmatch(text)) and found["n"][:3].casefold() in _MONTHS:
            return _with_time(raw, _day(raw, found["y"], _MONTHS.index(found["n"][:3].casefold()) + 1, found["d"]), found)
    if found := _LAST.fullmatch(text):
        return _with_time(raw, _day_and_month(raw, int(found["a"]), int(found["b"]), int(found["y"])), found)
    moment = _said_today(text, raw) if not in_file else None
    if moment is None:
        raise BadValue(_reason(text, raw))
    return moment


def _said_today(text: str, raw: str) -> date | datetime | None:
    """What is only clear because somebody types it today; None when it is not such a thing."""
    if found := _MONTH_DAY.fullmatch(text):
        return _with_time(raw, _day(raw, today().year, found["m"], found["d"]), found)
    if found := _TWO.fullmatch(text):
        if found["s"] == "/":  # the one sign with which half of the world puts the day first
            day = _day_and_month(raw, int(found["a"]), int(found["b"]), today().year)
        else:
            day = _day(raw, today().year, found["a"], found["b"])
        return _with_time(raw, day, found)
    # 今天10:42 is written together as often as not.
    if found := _SAID.fullmatch(re.sub(r"(?<=[天日])(?=\d)", " ", text)):
        return _with_time(raw, today() + timedelta(days=_DAYS[found["word"].casefold()]), found)
    return datetime.now(zone()).replace(second=0, microsecond=0) if text.casefold() in _NOW else None


def _day(raw: str, year: str | int, month: str | int, day: str | int) -> date:
    if int(year) not in _YEARS:
        raise BadValue(_("“%(value)s”: the year %(year)s cannot be right.", value=raw, year=year))
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise BadValue(_("“%(value)s”: there is no such day.", value=raw)) from None


def _day_and_month(raw: str, a: int, b: int, year: int) -> date:
    """12/31/2015 or 31/12/2015: clear only when one of the two cannot be a month."""
    if a > 12 or a == b:
        return _day(raw, year, b, a)
    if b > 12:
        return _day(raw, year, a, b)
    raise BadValue(
        _(
            "“%(value)s” can be read as %(one)s or %(other)s; write the year first.",
            value=raw,
            one=f"{year}-{a:02}-{b:02}",
            other=f"{year}-{b:02}-{a:02}",
        )
    )


def _with_time(raw: str, day: date, found: re.Match[str]) -> date | datetime:
    if not found["time"]:
        return day
    hour, minute, *seconds = found["time"].split(":")
    try:
        moment = datetime.combine(day, time(int(hour), int(minute), int(float(seconds[0])) if seconds else 0))
    except ValueError:
        raise BadValue(_("“%(value)s”: there is no such time of day.", value=raw)) from None
    if found["zone"]:
        zone_text = "+00:00" if found["zone"].upper() == "Z" else found["zone"]
        moment = moment.replace(tzinfo=datetime.strptime(zone_text, "%z").tzinfo)
    return moment


def _reason(text: str, raw: str) -> str:
    if _SHORT_YEAR.fullmatch(text):
        return _("“%(value)s”: write the year with four digits, like 2026-03-05.", value=raw)
    if _MONTH_ONLY.fullmatch(text):
        return _("“%(value)s” is not a whole date; write year, month and day, like 2026-03-05.", value=raw)
    if _MONTH_DAY.fullmatch(text) or _TWO.fullmatch(text):
        return _("“%(value)s”: the year is missing; write it like 2026-03-05.", value=raw)
    if re.fullmatch(r"\d{5}", text):
        return _("“%(value)s” looks like a day number of a spreadsheet, but it is text; write the date like 2026-03-05.", value=raw)
    return _("“%(value)s” is not a date; write it like 2026-03-05.", value=raw)
