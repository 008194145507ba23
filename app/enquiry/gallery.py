"""The entrance to enquiries: what can be asked about, the ready ones, one's own, those of others."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.enquiry.ready import ready_enquiries
from app.enquiry.saved import Saved, saved_enquiries
from app.enquiry.screen import enquiry_root, subjects_of
from app.enquiry.state import CHART, STATS, EnquiryState
from app.entity.screens import Option
from app.security.actor import Actor


@dataclass(frozen=True, slots=True)
class Tile:
    """An enquiry in the gallery. about: one line; subject: what it is about; shared: by or with whom; trouble: why it cannot be opened;
    ways: the same as list, statistics and chart."""

    title: str
    about: str
    subject: str
    icon: str
    url: str
    ways: tuple[tuple[str, str, str], ...] = ()
    shared: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Gallery:
    subjects: tuple[tuple[str, tuple[Option, ...]], ...]
    ready: tuple[Tile, ...]
    mine: tuple[Tile, ...]
    others: tuple[Tile, ...]
    new_url: str


def build_gallery(session: Session, actor: Actor) -> Gallery:
    """What an actor is offered: three queries at most."""
    root = enquiry_root()
    ready = tuple(
        Tile(
            str(o.enquiry.label),
            str(o.enquiry.about),
            str(o.entity.plural),
            o.enquiry.icon,
            o.state.address(f"{root}new"),
            _ways(o.state, f"{root}new"),
        )
        for o in ready_enquiries(session, actor)
    )
    saved = saved_enquiries(session, actor)
    mine = tuple(_tile(s, root) for s in saved if s.mine)
    return Gallery(subjects_of(actor), ready, mine, tuple(_tile(s, root) for s in saved if not s.mine), f"{root}new")


def _ways(state: EnquiryState, base: str) -> tuple[tuple[str, str, str], ...]:
    words = (("list", "list", _("List")), (STATS, "rows", _("Statistics")), (CHART, "chart", _("Chart")))
    return tuple((label, icon, _in_view(state, view).address(base)) for view, icon, label in words)


def _in_view(state: EnquiryState, view: str) -> EnquiryState:
    return replace(state, view=view)


def _tile(saved: Saved, root: str) -> Tile:
    shared = "" if saved.mine and saved.audience.value == "private" else str(saved.audience.label)
    if not saved.mine:
        shared = _("Shared by %(name)s", name=saved.owner_name or _("a deleted account"))
    icons = {STATS: "rows", CHART: "chart"}
    return Tile(
        saved.name, "", str(saved.entity.plural), icons.get(saved.state.view, "list"), f"{root}{saved.id}", (), shared, saved.seen.trouble
    )
