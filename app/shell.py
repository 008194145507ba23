"""The frame around every page: navigation by rights, language, theme; what every template finds as `shell`."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Flask, current_app, has_request_context, request, session, url_for
from flask_babel import get_locale
from flask_login import current_user
from markupsafe import Markup

from app.entity.screens import NavItem, NavSection, Shell
from app.extension import portal
from app.menu_words import words_of
from app.preferences import chosen, opened_sections
from app.registry import Entity, Page, Registry
from app.security.actor import Actor, current_actor


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


def nav_sections(actor: Actor, current: str) -> tuple[NavSection, ...]:
    """The sidebar: what the actor may read, by subsystem. `current`: the address of the entry one is in."""
    registry = portal().registry
    sections, opened = [], opened_sections()
    for subsystem in registry.subsystems.values():
        items: list[NavItem] = []
        for module in registry.modules.values():
            if module.subsystem is subsystem and actor.may("read", module):
                items += [_item(thing, current) for thing in _shown(module)]
        if items:
            name, label = subsystem.name, str(subsystem.label)
            sections.append(NavSection(label, subsystem.icon, tuple(items), name, words_of(subsystem), opened.get(name)))
    return tuple(sections)


def _shown(module: Any) -> list[Entity | Page]:
    registry = portal().registry
    things: list[Entity | Page] = [e for e in registry.entities_in(module) if e.menu]
    things += [p for p in registry.pages if p.module is module and p.menu]
    return sorted(things, key=lambda t: t.order)


def _url(thing: Entity | Page) -> str:
    return url_for(f"{thing.name}.list" if isinstance(thing, Entity) else f"{thing.view.__name__}.{thing.view.default_view}")


def _item(thing: Entity | Page, current: str) -> NavItem:
    url = _url(thing)
    label, icon = (thing.plural, thing.module.icon) if isinstance(thing, Entity) else (thing.label, thing.icon)
    return NavItem(str(label), url, icon, url == current, words=words_of(thing))


@lru_cache(maxsize=16)
def item_urls(registry: Registry, root: str) -> tuple[str, ...]:
    """The addresses of all entries of the menu; `root`: what the portal stands under."""
    things: list[Entity | Page] = [*(e for e in registry.entities.values() if e.menu), *(p for p in registry.pages if p.menu)]
    return tuple(_url(thing) for thing in things)


def here() -> str:
    """The address of this page, to come back to."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def _languages(locale: str, root: str, back: str) -> tuple[tuple[str, str, str, bool], ...]:
    languages = current_app.config["LANGUAGES"].items()
    return tuple((code, facts["name"], f"{root}/language/{code}{back}", code == locale) for code, facts in languages)


@lru_cache(maxsize=16)
def _addresses(root: str) -> dict[str, str]:
    """The pages that the frame leads to, by their endpoint; `root`: what the portal stands under. Flask looks each one up anew."""
    names = ("ProfileView.show", "HelpView.show", "JobsView.mine", "SearchView.page")
    auth = current_app.appbuilder.sm.auth_view.endpoint
    return {name: url_for(name) for name in names} | {name: url_for(f"{auth}.{name}") for name in ("login", "logout")}


@lru_cache(maxsize=16)
def _texts(locale: str, root: str) -> Markup:
    return Markup(current_app.jinja_env.get_template("portal/texts.html").render())


def texts() -> Markup:
    """The words that scripts need: the same on every page, so they are drawn once in a process and language."""
    if current_app.debug:
        _texts.cache_clear()
    return _texts(str(get_locale()), request.script_root)


def make_shell(here: str, nav: tuple[NavSection, ...] = ()) -> Shell:
    """What templates know of the frame. `here`: where its links come back to; `nav`: the menu, drawn apart (app/frame.py)."""
    signed_in = bool(current_user) and current_user.is_authenticated
    actor = current_actor() if signed_in else Actor(None, "")
    locale = str(get_locale())
    theme, side = chosen("theme"), chosen("side")
    root, back = request.script_root, f"?{urlencode({'next': here})}"
    to = _addresses(root)
    return Shell(
        community=current_app.config["COMMUNITY"],
        nav=nav,
        home_url="/",
        user_name=actor.name,
        user_url=to["ProfileView.show"] if signed_in else "",
        logout_url=to["logout"],
        login_url=to["login"],
        locale=locale,
        languages=_languages(locale, root, back),
        theme="" if theme == "system" else theme,
        density=chosen("density"),
        keys=chosen("keys") == "on",
        jobs_url=to["JobsView.mine"] if actor.name else "",
        help_url=to["HelpView.show"] if signed_in else "",
        search_url=to["SearchView.page"] if signed_in else "",
        side="" if side == "full" else side,
        choose=f"{root}/choose",
        back=back,
        now=datetime.now(ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"])).strftime("%Y-%m-%d %H:%M"),
    )


def register(app: Flask) -> None:
    """Give every template its `shell`, and `texts()`."""
    app.jinja_env.globals["texts"] = texts

    @app.context_processor
    def give() -> dict[str, Any]:
        return {"shell": make_shell(here())}

    # Flask-AppBuilder's own selector writes a cookie into every answer, programs' included.
    app.extensions["babel"].locale_selector = choose_locale
