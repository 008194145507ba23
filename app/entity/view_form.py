"""The form of a saved view: its name, who has it, where it is what the list begins with. Used on the list and by those who look after the
views of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.entity.screens import Option
from app.security.rights import role_label, role_names
from models.platform.list_views import Audience


@dataclass(frozen=True, slots=True)
class ViewForm:
    """What stands in the form. mine: the list begins with it for this user; theirs: for those with whom it is shared."""

    name: str = ""
    audience: Audience = Audience.PRIVATE
    roles: tuple[int, ...] = ()
    mine: bool = False
    theirs: bool = False


@dataclass(frozen=True, slots=True)
class ViewFormScreen:
    """The form as a page or in a menu. audiences: who can be given the view, empty: nothing can be changed about that; roles: each with
    whether it is chosen; owner: whose it is, '' = the user's own; fixed: its name and readers are not this user's to change. errors by
    field. urls: action, cancel; delete and move, where one may."""

    title: str
    form: ViewForm
    audiences: tuple[Option, ...]
    roles: tuple[Option, ...]
    hidden: tuple[tuple[str, str], ...]
    urls: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    fixed: bool = False
    is_new: bool = False
    asks_mine: bool = True
    asks_theirs: bool = False


def read_form(data: MultiDict[str, str], before: ViewForm, may_share: bool) -> ViewForm:
    """What was sent. Without the right to share, a view stays with whom it is or becomes private again."""
    audience = _audience(data.get("audience", ""), before.audience)
    if not may_share and audience is not Audience.PRIVATE:
        audience = before.audience
    roles = tuple(sorted({int(r) for r in data.getlist("role") if r.isascii() and r.isdigit() and len(r) < 10}))
    return ViewForm(
        name=" ".join(data.get("name", "").split()),
        audience=audience,
        roles=roles if may_share else before.roles,
        mine="mine" in data,
        theirs="theirs" in data if may_share else before.theirs and audience is before.audience,
    )


def _audience(text: str, otherwise: Audience) -> Audience:
    return next((a for a in Audience if a.value == text), otherwise)


def audience_options(chosen: Audience, before: Audience, may_share: bool) -> tuple[Option, ...]:
    """Who can be given a view by this user."""
    allowed = [a for a in Audience if may_share or a in (Audience.PRIVATE, before)]
    return tuple(Option(a.value, str(a.label), a is chosen) for a in allowed) if len(allowed) > 1 else ()


def role_options(session: Session, chosen: Sequence[int]) -> tuple[Option, ...]:
    """The roles, each with whether it is chosen."""
    return tuple(Option(str(key), role_label(name), key in chosen) for key, name in role_names(session))


def sharing_error(session: Session, form: ViewForm) -> str:
    """What is wrong with whom a view is shared ('' = nothing)."""
    if form.audience is not Audience.ROLES:
        return ""
    if not form.roles:
        return _("Choose at least one role.")
    if not set(form.roles) <= {key for key, _name in role_names(session)}:
        return _("One of these roles does not exist any more. Choose again.")
    return ""
