"""A masked value is shown for a moment, in place, by mouse and by keyboard; the form is left as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from app.database import db
from app.extension import portal
from models.platform.scopes import Level
from tests.browser.axe import faults
from tests.browser.conftest import Seen, Site, Visit
from tests.security.levels import VERBS, user_with


@pytest.fixture
def resident(site: Site) -> tuple[int, str]:
    """Somebody with a telephone: number and telephone."""
    with site.app.app_context():
        model = portal().registry.entities["residents"].model
        query = sa.select(model.id, model.phone).where(model.phone.is_not(None), model.id_number.is_not(None)).limit(1)
        return tuple(db.session.execute(query).one())


@pytest.fixture
def reader(site: Site) -> Iterator[str]:
    with user_with(site.app, {("residents", "phone"): Level.MASKED}, (*VERBS, "reveal"), "revealer") as name:
        yield name


def test_a_value_is_shown_in_place_and_masked_again(visit: Visit, seen: Seen, reader: str, resident: tuple[int, str]) -> None:
    number, phone = resident
    page = visit(reader, lang="en")
    page.clock.install()
    for path in ("", "/edit"):
        page.goto(f"/housing/residents/{number}{path}")
        assert not faults(page)
        button = page.get_by_role("button", name="Show Phone")
        value = page.locator("[data-revealed]")
        expect(value).to_be_hidden()
        button.focus()
        page.keyboard.press("Enter")
        expect(value).to_have_text(phone)
        assert not faults(page)
        hide = page.get_by_role("button", name="Mask: Phone")
        expect(hide).to_be_focused()
        page.keyboard.press("Enter")
        expect(value).to_be_hidden()
        button.click()
        expect(value).to_have_text(phone)
        page.clock.fast_forward(31_000)
        expect(value).to_be_hidden()
        assert value.text_content() == "", "nothing of it stays in the page"
        # What was looked at is no change of the form.
        assert page.locator("[data-changes]:visible").count() == 0
    assert not seen.complaints
