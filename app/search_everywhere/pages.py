"""`/search`: the search over everything, as a page and as the list that the box in the top bar shows while one types."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, make_response, render_template, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_babel import gettext as _

from app.entity.cells import Shower
from app.entity.door import record_url
from app.extension import portal
from app.search_everywhere.bearers import LONGEST, only_whole, words_in
from app.search_everywhere.entries import Entry, entries_of
from app.search_everywhere.finding import find
from app.search_everywhere.telling import GroupView, told
from app.security.actor import current_actor
from app.security.guards import signed_in

_FIRST, _NEXT, _RELATED = 6, 4, 2
"""So many hits of a kind does the box show: of the best kind, of others, of those that are only related to what was looked for."""
_KINDS = 6
_ON_PAGE = 10


class SearchView(BaseView):
    """For everybody who is signed in; what is found is what one may see. Both only look."""

    route_base = "/search"
    default_view = "page"

    @expose("")
    @signed_in
    def page(self) -> str:
        """All kinds with their hits; the number of each leads to its list with the same words."""
        q, entries, groups, _all = self._found(most=_ON_PAGE)
        crumbs = [(_("Search everything"), "")]
        return self.render_template("portal/search.html", q=q, entries=entries, groups=groups, crumbs=crumbs, typed=bool(q))

    @expose("/hits")
    @signed_in
    def hits(self) -> Response:
        """The best hits for search.js, as HTML."""
        q, entries, groups, left_out = self._found(most=_NEXT, kinds=_KINDS, few=_RELATED, first=_FIRST)
        all_url = f"{request.script_root}/search?{urlencode({'q': q})}"
        early = [entry for entry in entries if entry.early]
        late = [entry for entry in entries if not entry.early]
        html = render_template(
            "portal/search_hits.html", q=q, early=early, late=late, groups=groups, all_url=all_url, left_out=left_out, short=_too_short(q)
        )
        answer = make_response(html)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _found(self, kinds: int = 0, **shown: int) -> tuple[str, list[Entry], list[GroupView], int]:
        """What was typed, the pages and the kinds that were found (`kinds` at the most), and how many kinds are left out."""
        q = request.args.get("q", "").strip()[:LONGEST]
        session, actor = portal().session, current_actor()
        found = find(session, actor, q)
        chosen = found[: kinds or len(found)]
        shower = Shower(portal().registry, actor, record_url)
        groups: list[GroupView] = told(session, shower, chosen, q, **shown) if chosen else []
        return q, entries_of(actor, q), groups, len(found) - len(chosen)


def _too_short(q: str) -> bool:
    """Whether one more character would find more."""
    words = words_in(q)
    return bool(words) and any(map(only_whole, words))
