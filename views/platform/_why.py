"""Why? /platform/why: somebody, a page or a record, and what he wants to do there; yes or no, and the reason in words."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, jsonify, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _

from app.entity.screens import Option
from app.extension import portal
from app.registry import VERBS
from app.security.accounts import full_name
from app.security.actor import current_actor
from app.security.matrix import VERB_LABELS, action_label
from app.security.people import visible_users
from app.security.role_choices import people
from app.security.why import Target, target_of, why
from views.platform._role_form import number_of
from views.platform._role_page import crumbs


class WhyView(BaseView):
    """The page, and the people it offers."""

    route_base = "/platform/why"
    default_view = "show"

    @expose("/")
    @has_access
    @permission_name("read")
    def show(self) -> str:
        """The question, and its answer once somebody and something are named."""
        session, asker, args = portal().session, current_actor(), request.args
        user = _person(number_of("user"), args.get("user__text", ""))
        address, verb = args.get("address", "").strip()[:500], args.get("verb", "")
        target = target_of(address) if address else None
        offered = _verbs(target)
        verb = verb if verb in {o.value for o in offered} else ""
        verdict = why(session, asker, user, target, verb) if user is not None and target is not None else None
        problems = {}
        if address and target is None:
            problems["address"] = _("There is no page with this address. Copy it from the browser, such as /housing/rooms/12.")
        if user is None and (args.get("user") or args.get("user__text")):
            problems["user"] = _("There is nobody of this name.")
        return self.render_template(
            "portal/why.html",
            user=user,
            name=full_name(user) if user is not None else args.get("user__text", ""),
            address=address,
            verbs=[Option(o.value, o.label, selected=o.value == verb) for o in offered],
            verdict=verdict,
            target=target,
            problems=problems,
            links=_links(user, target),
            urls={"self": url_for("WhyView.show"), "people": url_for("WhyView.people")},
            crumbs=crumbs(portal().registry.modules[self.class_permission_name], (_("Why?"), "")),
        )

    @expose("/people")
    @has_access
    @permission_name("read")
    def people(self) -> Response:
        """Accounts by name or login, as JSON."""
        args = request.args
        return jsonify(people(portal().session, args.get("q", ""), args.get("exact", ""), args.get("ids", ""), _askable()))


def _askable() -> tuple[Any, ...]:
    """What limits the accounts that one may ask about: who may not look at users asks about himself."""
    actor = current_actor()
    return visible_users(actor) if actor.may("read", "platform.users") else (User.id == actor.user_id,)


def _person(number: int, text: str) -> User | None:
    session = portal().session
    if not number and text.strip():
        found = people(session, text, "1", among=_askable())["exact"]
        number = found["id"] if found else 0
    return session.scalar(sa.select(User).where(User.id == number, *_askable())) if number else None


def _verbs(target: Target | None) -> list[Option]:
    """What can be asked about a page: what it is for, then the other rights of its module."""
    if target is None or target.module is None:
        return [Option("", _("Open the page"))] + [Option(v, str(VERB_LABELS[v])) for v in VERBS if target is None]
    rest = [Option(v, str(VERB_LABELS[v]) if v in VERB_LABELS else action_label(v)) for v in target.module.verbs if v != target.verb]
    return [Option("", str(VERB_LABELS.get(target.verb) or action_label(target.verb))), *rest]


def _links(user: User | None, target: Target | None) -> dict[str, str]:
    found = {}
    if user is not None and current_actor().may("read", "platform.users"):
        found["rights"] = url_for("UsersView.rights", user_id=user.id)
    if target is not None and target.module is not None:
        found["who"] = url_for("RolesView.who_may", right=f"{target.verb}:{target.module.name}")
    return found
