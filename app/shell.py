"""The frame around every page: navigation by rights, language, theme; what every template finds as `shell`."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, has_request_context, request, session, url_for
from flask_babel import get_locale
from flask_login import current_user

from app.entity.screens import NavItem, NavSection, Shell
from app.extension import portal
from app.registry import Entity, Page
from app.security.actor import Actor, current_actor

THEMES = ("light", "dark")
DENSITIES = ("compact", "comfortable")


def choose_locale() -> str:
    """The language of this request: asked for in the address, chosen before, or (for programs) accepted; else the default."""
    languages: dict[str, Any] = current_app.config["LANGUAGES"]
    default: str = current_app.config["BABEL_DEFAULT_LOCALE"]
    if not has_request_context():
        return default
    asked = request.args.get("_l_")
    if asked in languages:
        return asked
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(list(languages), default)
    return session.get("locale") if session.get("locale") in languages else default


def nav_sections(actor: Actor) -> tuple[NavSection, ...]:
    """The sidebar: what the actor may read, by subsystem."""
    registry = portal().registry
    sections = []
    for subsystem in registry.subsystems.values():
        items: list[NavItem] = []
        for module in registry.modules.values():
            if module.subsystem is subsystem and actor.may("read", module):
                items += [_item(thing) for thing in _shown(module)]
        if items:
            sections.append(NavSection(str(subsystem.label), subsystem.icon, tuple(items)))
    return tuple(sections)


def _shown(module: Any) -> list[Entity | Page]:
    registry = portal().registry
    things: list[Entity | Page] = [e for e in registry.entities_in(module) if e.menu]
    things += [p for p in registry.pages if p.module is module and p.menu]
    return sorted(things, key=lambda t: t.order)


def _item(thing: Entity | Page) -> NavItem:
    if isinstance(thing, Entity):
        url = url_for(f"{thing.name}.list")
        return NavItem(str(thing.plural), url, thing.module.icon, request.path.startswith(url))
    url = url_for(f"{thing.view.__name__}.{thing.view.default_view}")
    return NavItem(str(thing.label), url, thing.icon, request.path.startswith(url))


def _languages(locale: str) -> tuple[tuple[str, str, str, bool], ...]:
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return tuple(
        (code, facts["name"], url_for("PreferencesView.language", code=code, next=here), code == locale)
        for code, facts in current_app.config["LANGUAGES"].items()
    )


def make_shell() -> Shell:
    """The frame for this request."""
    signed_in = bool(current_user) and current_user.is_authenticated
    actor = current_actor() if signed_in else Actor(None, "")
    locale = str(get_locale())
    theme, density = request.cookies.get("portal_theme", ""), request.cookies.get("portal_density", "")
    return Shell(
        community=current_app.config["COMMUNITY"],
        nav=nav_sections(actor) if signed_in else (),
        home_url="/",
        user_name=actor.name,
        user_url=url_for("ProfileView.show") if signed_in else "",
        logout_url=url_for("AuthDBView.logout"),
        login_url=url_for("AuthDBView.login"),
        locale=locale,
        languages=_languages(locale),
        theme=theme if theme in THEMES else "",
        density=density if density in DENSITIES else DENSITIES[0],
        keys=request.cookies.get("portal_keys") != "off",
    )


def register(app: Flask) -> None:
    """Give every template its `shell`."""

    @app.context_processor
    def give() -> dict[str, Any]:
        return {"shell": make_shell()}

    # Flask-AppBuilder's own selector writes a cookie into every answer, programs' included.
    app.extensions["babel"].locale_selector = choose_locale
