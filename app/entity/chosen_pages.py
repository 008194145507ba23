"""What acts on the chosen records of a list: the way in for every such page."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, request
from flask_babel import gettext as _

from app.entity.conditions import BadCondition
from app.entity.selection import Selection, TooMany, read_selection


class ChosenPages:
    """Of EntityView."""

    def chosen(self, verb: str = "read") -> Selection | Response:
        """What this form means, or the way back to the list with the reason why nothing can be done; 404 when none of the records
        exists for this user. verb: what is to be done with them."""
        try:
            selection = read_selection(self.session, self.entity, self.actor(), request.form, verb)
        except BadCondition as error:
            flash(_("Nothing was done; a condition of the list was not understood: %(reason)s", reason=error), "danger")
            return redirect(self.base_url())
        except TooMany as error:
            flash(str(error), "warning")
            return redirect(self.base_url())
        if selection.ids:
            return selection
        if selection.asked and selection.narrower and read_selection(self.session, self.entity, self.actor(), request.form).ids:
            flash(_("All of the chosen records lie outside what you may change."), "warning")
            return redirect(self.base_url() + selection.address)
        if selection.asked:
            abort(404)
        flash(_("Nothing was chosen; mark the records in the list first."), "warning")
        return redirect(self.base_url() + selection.address)

    def ignored_note(self, selection: Selection) -> tuple[str, ...]:
        """That some of the chosen records are not there, for the page that acts on the rest."""
        if not selection.ignored:
            return ()
        if selection.narrower:
            left = _(
                "%(n)s of the chosen records lie outside what you may change, or are gone; they are left out.", n=f"{selection.ignored:,}"
            )
            return (left,)
        return (_("%(n)s of the chosen records no longer exist; they are left out.", n=f"{selection.ignored:,}"),)
