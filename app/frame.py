"""The topbar and the main menu as HTML: drawn once for all pages and people for whom they are the same, and kept in the process.

They are a third of a page's markup and depend on few things. What belongs to the single page is where its links come back to: a mark in
the drawn HTML that the address of the page replaces."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from flask import Flask, current_app, request
from flask_babel import get_locale
from markupsafe import Markup

from app.extension import portal
from app.preferences import chosen, opened_sections
from app.registry import Registry
from app.security.actor import Actor, current_actor
from app.shell import here, item_urls, make_shell, nav_sections

_HERE = "/~here~"


class _Kind(NamedTuple):
    """All that the frame depends on; what is not here must not stand in topbar.html or side.html."""

    locale: str
    root: str
    name: str
    grants: frozenset[tuple[str, str]]
    almighty: bool
    choices: tuple[str, ...]
    opened: tuple[tuple[str, bool], ...]
    current: str
    registry: Registry


@lru_cache(maxsize=128)
def _drawn(kind: _Kind) -> str:
    actor = Actor(None, kind.name, kind.grants, kind.almighty)
    shell = make_shell(here=_HERE, nav=nav_sections(actor, kind.current))
    at_home = kind.current == f"{kind.root}/"
    environment = current_app.jinja_env
    parts = (environment.get_template(f"portal/{name}.html").render(shell=shell, at_home=at_home) for name in ("topbar", "side"))
    return "\n".join(parts)


def navbar() -> Markup:
    """The frame of this request."""
    actor, registry, root = current_actor(), portal().registry, request.script_root
    path = root + request.path
    current = path if request.path == "/" else next((url for url in item_urls(registry, root) if path.startswith(url)), "")
    kind = _Kind(
        str(get_locale()),
        root,
        actor.name,
        actor.grants,
        actor.almighty,
        tuple(chosen(name) for name in ("theme", "density", "keys", "side")),
        tuple(opened_sections().items()),
        current,
        registry,
    )
    if current_app.debug:
        _drawn.cache_clear()
    address = quote(here(), safe="")
    # As it stands in addresses: written by url_for, and by urlencode.
    return Markup(_drawn(kind).replace(_HERE, address).replace(quote(_HERE, safe=""), address))


def register(app: Flask) -> None:
    """Give templates `navbar()`."""
    app.jinja_env.globals["navbar"] = navbar
