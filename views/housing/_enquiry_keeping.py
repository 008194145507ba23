"""Enquiries kept under a name: saved, changed, shared, deleted (row 1.8). An enquiry is its owner's; the others are given it as it is."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask import Response, abort, flash, redirect, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from app.enquiry.saved import Saved, keep, keep_state
from app.enquiry.screen import Enquiring, enquiry_root
from app.entity.list_settings import may_share
from app.entity.screens import DeleteScreen
from app.entity.sharing import ENQUIRIES, MOST_OWN, name_error, roles_with, share, too_many
from app.entity.view_form import ViewForm, ViewFormScreen, audience_options, read_form, role_options, sharing_error
from app.extension import portal
from app.security.actor import Actor, current_actor
from models.platform.enquiries import Enquiry
from models.platform.list_views import Audience

_ID = "<int(max=2147483647):enquiry_id>"

Page = Response | str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the form stands: what it is about, where it goes."""

    entity: str
    action: str
    cancel: str
    hidden: tuple[tuple[str, str], ...] = ()
    saved: Saved | None = None


class KeepingPages:
    """Of EnquiryView."""

    @expose("/save", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    def save(self) -> Page:
        """Save the enquiry of the address under a name."""
        e: Enquiring = self.asked(request.values)
        session, actor = portal().session, e.actor
        place = _Place(e.entity.name, f"{enquiry_root()}save", e.address(), (*e.state.pairs(), *_own(e)))
        if request.method == "GET":
            return self._form(place, ViewForm(e.title if e.saved is None else ""), {})
        form = read_form(request.form, ViewForm(), may_share(actor))
        errors = _errors(form, place, actor)
        if not errors and too_many(session, ENQUIRIES, e.entity.name, actor.user_id):
            errors = {"name": _("You have %(n)s enquiries of these records; delete one that you do not use.", n=MOST_OWN)}
        if not errors and e.seen.trouble:
            errors = {"name": e.seen.trouble}
        if errors:
            session.rollback()
            return self._form(place, form, errors), 422
        try:
            enquiry = keep(session, actor.user_id, form.name, e.state, form.audience, form.roles)
            session.commit()
        except IntegrityError:
            session.rollback()
            return self._form(place, form, _errors(form, place, actor) or {"name": _("Save again.")}), 422
        flash(_("Enquiry saved: %(name)s", name=form.name), "success")
        return redirect(f"{enquiry_root()}{enquiry.id}")

    @expose(f"/{_ID}/settings", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    def settings(self, enquiry_id: int) -> Page:
        """Name and readers of an enquiry of one's own."""
        session, actor = portal().session, current_actor()
        saved = self._own(enquiry_id)
        url = f"{enquiry_root()}{enquiry_id}"
        place = _Place(saved.entity.name, f"{url}/settings", url, saved=saved)
        roles = tuple(roles_with(session, ENQUIRIES, [enquiry_id]).get(enquiry_id, ()))
        now = ViewForm(saved.name, saved.audience, roles)
        if request.method == "GET":
            return self._form(place, now, {})
        form = read_form(request.form, now, may_share(actor))
        errors = _errors(form, place, actor)
        if errors:
            session.rollback()
            return self._form(place, form, errors), 422
        try:
            record = session.get(Enquiry, enquiry_id) or abort(404)
            record.name = form.name
            share(session, ENQUIRIES, record, form.audience, form.roles)
            session.commit()
        except IntegrityError:
            session.rollback()
            return self._form(place, form, _errors(form, place, actor) or {"name": _("Save again.")}), 422
        flash(_("Enquiry saved: %(name)s", name=form.name), "success")
        return redirect(url)

    @expose(f"/{_ID}/state", methods=("POST",))
    @has_access
    @permission_name("read")
    def save_state(self, enquiry_id: int) -> Response:
        """Save an enquiry of one's own as it now is."""
        saved = self._own(enquiry_id)
        e: Enquiring = self.enquiring(request.form, enquiry_id)
        if e.seen.trouble or e.entity is not saved.entity:
            flash(_("The enquiry was not saved: %(reason)s", reason=e.seen.trouble or _("it is about something else by now")), "danger")
            return redirect(f"{enquiry_root()}{enquiry_id}")
        session = portal().session
        keep_state(session.get(Enquiry, enquiry_id) or abort(404), e.state)
        session.commit()
        flash(_("Enquiry saved: %(name)s", name=saved.name), "success")
        return redirect(f"{enquiry_root()}{enquiry_id}")

    @expose(f"/{_ID}/delete", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    def delete(self, enquiry_id: int) -> Response | str:
        """Ask, then delete an enquiry of one's own."""
        saved, session, root = self._own(enquiry_id), portal().session, enquiry_root()
        if request.method == "POST" and request.form.get("confirm") == "1":
            session.execute(sa.delete(Enquiry).where(Enquiry.id == enquiry_id))
            session.commit()
            flash(_("Deleted: %(title)s", title=saved.name), "success")
            return redirect(root)
        shared = {Audience.ROLES: _("It is shared with certain roles, who lose it too."), Audience.ALL: _("Everybody loses it.")}
        cancel = root if saved.seen.trouble else f"{root}{enquiry_id}"
        screen = DeleteScreen(
            name="enquiries",
            title=_("Delete the enquiry: %(name)s", name=saved.name),
            count=1,
            uses=(),
            urls={"action": f"{root}{enquiry_id}/delete", "cancel": cancel},
            titles=tuple(t for t in (_("The records in it stay."), shared.get(saved.audience, "")) if t),
        )
        crumbs = [(_("Enquiry"), root), (saved.name, cancel), (_("Delete"), "")]
        return self.render_template("portal/delete.html", screen=screen, crumbs=crumbs)

    def _own(self, enquiry_id: int) -> Saved:
        saved = self.offered(enquiry_id)
        return saved if saved.mine else abort(403)

    def _form(self, place: _Place, form: ViewForm, errors: dict[str, str]) -> str:
        session, sharing = portal().session, may_share(current_actor())
        saved = place.saved
        before = saved.audience if saved is not None else Audience.PRIVATE
        urls = {"action": place.action, "cancel": place.cancel}
        if saved is not None:
            urls["delete"] = f"{enquiry_root()}{saved.id}/delete"
        screen = ViewFormScreen(
            title=saved.name if saved is not None else _("Save the enquiry"),
            form=form,
            audiences=audience_options(form.audience, before, sharing),
            roles=role_options(session, form.roles) if sharing else (),
            hidden=place.hidden,
            urls=urls,
            errors=errors,
            is_new=saved is None,
        )
        if request.args.get("part") and request.method == "GET":
            return self.render_template("portal/enquiry_form.html", screen=screen)
        crumbs = [(_("Enquiry"), enquiry_root()), (screen.title, "")]
        return self.render_template(
            "portal/list_part.html", part="portal/enquiry_form.html", title=screen.title, screen=screen, crumbs=crumbs
        )


def _own(e: Enquiring) -> tuple[tuple[str, str], ...]:
    return (("id", str(e.saved.id)),) if e.saved is not None else ()


def _errors(form: ViewForm, place: _Place, actor: Actor) -> dict[str, str]:
    session = portal().session
    own_id = place.saved.id if place.saved is not None else None
    wrong = {
        "name": name_error(session, ENQUIRIES, form.name, place.entity, actor.user_id, own_id),
        "roles": sharing_error(session, form) if may_share(actor) else "",
    }
    return {name: text for name, text in wrong.items() if text}
