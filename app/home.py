"""The entrance: what a user may open, with counts."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Response, redirect, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.views import IndexView
from flask_login import current_user

from app.entity.screens import HomeCard, HomeLink
from app.entity.search import visible
from app.extension import portal
from app.home_parts import home_parts
from app.registry import Entity, Subsystem
from app.security.actor import Actor, current_actor

_TONES = ("blue", "teal", "green", "violet", "orange", "amber")


class HomeView(IndexView):
    """`/`: the entrance to every subsystem (row 4.1)."""

    index_template = "portal/home.html"

    @expose("/")
    def index(self) -> str | Response:
        """What this user may open."""
        if not current_user.is_authenticated:
            return redirect(self.appbuilder.get_url_for_login)
        actor = current_actor()
        parts = home_parts(portal().session, actor)
        return self.render_template(self.index_template, cards=home_cards(actor), parts=parts, crumbs=[])


def home_cards(actor: Actor) -> list[HomeCard]:
    """A card per subsystem with the lists in it; all counts in one query."""
    registry = portal().registry
    entities = [e for e in registry.entities.values() if e.menu and actor.may("read", e.module)]
    counts = _counts(entities, actor)
    cards = []
    for number, subsystem in enumerate(registry.subsystems.values()):
        links = tuple(
            HomeLink(str(e.plural), url_for(f"{e.name}.list"), f"{counts[e.name]:,}") for e in entities if e.module.subsystem is subsystem
        )
        links += _page_links(subsystem, actor)
        if links:
            tone = _TONES[number % len(_TONES)]
            cards.append(HomeCard(str(subsystem.label), subsystem.icon, links[0].url, tone, links=links))
    return cards


def _page_links(subsystem: Subsystem, actor: Actor) -> tuple[HomeLink, ...]:
    pages = (p for p in portal().registry.pages if p.menu and p.module.subsystem is subsystem and actor.may("read", p.module))
    return tuple(HomeLink(str(p.label), url_for(f"{p.view.__name__}.{p.view.default_view}")) for p in pages)


def _counts(entities: list[Entity], actor: Actor) -> dict[str, int]:
    if not entities:
        return {}
    columns = [sa.select(sa.func.count()).select_from(e.model).where(*visible(e, actor)).scalar_subquery() for e in entities]
    return dict(zip((e.name for e in entities), portal().session.execute(sa.select(*columns)).one(), strict=True))
