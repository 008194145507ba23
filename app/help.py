"""The help: how to find, narrow down, enter, import; every key. For every user who is signed in."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from flask import render_template
from flask_appbuilder.baseviews import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.entity.conditions import Operator
from app.keys import KEY_MAP
from app.security.guards import signed_in

MEANINGS = MappingProxyType(
    {
        Operator.EQ: _l("exactly this value"),
        Operator.NE: _l("any other value, and nothing at all"),
        Operator.IN: _l("one of several values; separate them by commas"),
        Operator.CONTAINS: _l("the text stands somewhere in it; capital or small letters do not matter"),
        Operator.STARTS: _l("the text stands at its beginning"),
        Operator.GT: _l("more than this number, not the number itself"),
        Operator.LT: _l("less than this number, not the number itself"),
        Operator.AFTER: _l("later than this day, not the day itself"),
        Operator.BEFORE: _l("earlier than this day, not the day itself"),
        Operator.BETWEEN: _l("from the first value to the second, both included"),
        Operator.EMPTY: _l("nothing was entered"),
        Operator.FILLED: _l("something was entered"),
        Operator.SOME: _l("at least one related record meets the condition, such as a pet of the household"),
        Operator.NONE: _l("no related record meets the condition, or there is none at all"),
        Operator.LEAST: _l("so many related records or more"),
        Operator.MOST: _l("so many related records or fewer, also none"),
        Operator.FIRST: _l("so many records at most, in the order of the list"),
    }
)
"""What the operators of conditions mean, for the help; a test tells when one is missing."""


class HelpView(BaseView):
    """`/help/`: one page, to be searched with the browser's own search; `/help/keys`: the keyboard map alone, for the dialog."""

    route_base = "/help"
    default_view = "show"

    @expose("/")
    @signed_in
    def show(self) -> str:
        """The help page."""
        operators: list[tuple[Any, Any]] = [(operator.label, meaning) for operator, meaning in MEANINGS.items()]
        return self.render_template("portal/help.html", groups=KEY_MAP, operators=operators, crumbs=[(_("Help"), "")])

    @expose("/keys")
    @signed_in
    def keys(self) -> str:
        """The dialog with the keyboard map."""
        return render_template("portal/keys.html", groups=KEY_MAP, dialog=True)
