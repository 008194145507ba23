"""What is measured: each page of the portal with what stands beside it and how near it is to come."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from bench.data import NAME, PHONE, PLATE

PORTAL, SMALL, FLOOR, REST = "portal", "small", "floor", "rest"
PART = "滨-12-"
"""What the contains-filter looks for: a piece of a reference, beginning in the middle of a word."""

ROOM = "湖滨-1-1-101"

_REST = "reference,building,entrance,floor,number,layout,orientation,gross_area,usable_area,use,decoration"


@dataclass(frozen=True, slots=True)
class Page:
    """key: its name in BENCH_PAGES; path: on the portal; beside: the server and path it is compared with, or nothing; to_reach: how many
    times that at 1 and at 8 connections; rest: asked for by a program with a token; most: where nothing stands beside it, within how many
    milliseconds 95 of 100 answers are to come at one connection."""

    key: str
    label: str
    path: str
    beside: tuple[str, str] | None = None
    to_reach: tuple[float | None, float | None] = (None, None)
    rest: bool = False
    most: float | None = None


def _contains(text: str) -> tuple[str, tuple[str, str]]:
    ours = {"f": f"reference:contains:{text}"}
    return f"/housing/rooms/?{urlencode(ours)}", (FLOOR, "/rooms?" + urlencode({"contains": text}))


def _residents(label: str, text: str) -> Page:
    floor = "/residents?" + urlencode({"contains": text})
    return Page("search", label, "/housing/residents/?" + urlencode({"q": text}), (FLOOR, floor))


def _everything(text: str) -> Page:
    return Page("everything", f"search everything, {text}", "/search/hits?" + urlencode({"q": text}), most=100)


def _enquiry(subject: str, *parts: tuple[str, str]) -> str:
    return "/enquiry/new?" + urlencode([("subject", subject), *parts])


_THREE = (("f", "floor:gt:3"), ("f", "gross_area:between:80..120"), ("f", "households.room>moved_in:after:2015-12-31"))
"""Conditions on 100,000 rooms, one of them over the households that live there."""

ROOMS, HOUSEHOLD, NEW_HOUSEHOLD = "/housing/rooms/", "/housing/households/1/edit", "/housing/households/add"
PAGES = (
    Page("list", "rooms, 25 rows", ROOMS, (FLOOR, "/rooms"), (2, 2.5)),
    Page("list100", "rooms, 100 rows", ROOMS + "?size=100", (FLOOR, "/rooms?size=100"), (2.5, 2.5)),
    Page("deep", "rooms, page 2,000", ROOMS + "?page=2000", (FLOOR, "/rooms?page=2000")),
    Page("deep", "  beside our own first page", ROOMS + "?page=2000", (PORTAL, ROOMS), (1.5, 1.5)),
    Page("contains", f"rooms whose reference has {PART}", *_contains(PART), (1.5, 1.5)),
    _residents("residents, zs", "zs"),
    _residents("residents, zhangsan", "zhangsan"),
    _residents(f"residents, {NAME}", NAME),
    _residents(f"residents, telephone with {PHONE[3:9]}", PHONE[3:9]),
    *map(_everything, (NAME, "zs", "zhang", "zhangsan", PHONE[3:9], ROOM, PLATE, f"{NAME} 湖滨")),
    Page("rest", "REST, 100 rooms", f"/api/v1/rooms/?page_size=100&columns={_REST}", (FLOOR, "/rooms.json?size=100"), (1.5, 1.5), True),
    Page("form", "edit a household, beside 100 rooms", HOUSEHOLD, (SMALL, HOUSEHOLD), (1.2, 1.2)),
    Page("form", "add a household, beside 100 rooms", NEW_HOUSEHOLD, (SMALL, NEW_HOUSEHOLD), (1.2, 1.2)),
    Page("record", "record of a room", ROOMS + "1"),
    Page("drawings", "home page", "/"),
    Page("drawings", "grid of 2,000 rooms", "/housing/grid/1"),
    Page("drawings", "  coloured by tenancy", "/housing/grid/1?colour=tenancy"),
    Page("drawings", "plan of 200 buildings", "/housing/plan/1"),
    Page("file", "file of a household", "/housing/households/1"),
    Page("file", "  on paper", "/housing/households/1/file"),
    Page("enquiry", "enquiry, 3 conditions, list", _enquiry("rooms", *_THREE)),
    Page("enquiry", "  counted by area and use", _enquiry("rooms", *_THREE, ("view", "stats"), ("dim", "building.area"), ("dim", "use"))),
    Page("enquiry", "300,000 uses by month and use", _enquiry("room-uses", ("view", "stats"), ("dim", "since_on:month"), ("dim", "use"))),
    Page("enquiry", "  as a chart", _enquiry("room-uses", ("view", "chart"), ("dim", "since_on:month"), ("dim", "use"))),
)
