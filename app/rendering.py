"""What every template may call, and texts made cheap: a page asks for two hundred of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, g, templating
from flask_babel import Domain, get_locale, get_translations
from jinja2 import Template
from markupsafe import Markup

from app.entity.row_html import cell_html, rows_html
from app.picture_content import LARGEST_MIB


class Environment(templating.Environment):
    """Compiles each template once. Threads that are asked for their first pages at the same moment would each compile all of them, and
    eight of them would never give back the twenty megabytes that this takes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._one = threading.RLock()

    def get_template(self, *arguments: Any, **named: Any) -> Template:
        """The template of a name."""
        with self._one:
            return super().get_template(*arguments, **named)


class RequestDomain(Domain):
    """The catalogues, which Flask-Babel looks for anew at every text; here once in a request and language."""

    def get_translations(self) -> Any:
        """The catalogue of the present language."""
        return _catalogue(super().get_translations)


def _catalogue(look: Callable[[], Any]) -> Any:
    """The catalogue of this request and language, looked for when it is first asked for."""
    try:
        context = g._get_current_object().__dict__.get("_flask_babel")  # type: ignore[attr-defined]  one look through the proxy
    except RuntimeError:
        context = None
    if context is None:
        return look()
    kept = context.__dict__.get("catalogue")
    if kept is None or kept[0] is not context.__dict__.get("babel_locale"):
        kept = context.catalogue = (get_locale(), look())
    return kept[1]


@lru_cache(maxsize=8192)
def _marked(catalogue: Any, text: str) -> tuple[Markup, bool]:
    found = Markup(catalogue.ugettext(text))
    return found, "%" in found


def translated(text: str, /, **variables: Any) -> Markup:
    """A text of a template in the reader's language: what Jinja's own `_` does, without looking for the catalogue through the context
    each time (a fifth of a page). Values are escaped, the text itself is ours."""
    found, holds = _marked(_catalogue(get_translations), text)
    return found % variables if holds else found


def register(app: Flask) -> None:
    """Called once the pages are registered: Flask-AppBuilder sets Flask-Babel up with them."""
    app.jinja_env.globals.update(cell_html=cell_html, rows_html=rows_html, picture_mib=LARGEST_MIB, _=translated, gettext=translated)
    vars(app.extensions["babel"].instance)["domain_instance"] = RequestDomain()
