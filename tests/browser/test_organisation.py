"""The organisation in a browser: a department is dragged below another one, put back by keyboard, given places."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.database import db
from models.platform.organisation import Department, DepartmentPlace
from tests.browser.axe import faults_everywhere
from tests.browser.conftest import Seen, Site, Visit

TREE = "/platform/organisation/"


@pytest.fixture
def ids(site: Site) -> Iterator[dict[str, int]]:
    """Departments by code; where they stand and what they answer for is put back."""
    with site.app.app_context():
        rows = db.session.execute(sa.select(Department.id, Department.code, Department.parent_id)).all()
        places = db.session.execute(sa.select(DepartmentPlace.__table__)).mappings().all()
        db.session.rollback()
    yield {row.code: row.id for row in rows}
    with site.app.app_context():
        for row in rows:
            db.session.execute(sa.update(Department).where(Department.id == row.id).values(parent_id=row.parent_id))
        db.session.execute(sa.delete(DepartmentPlace))
        db.session.execute(sa.insert(DepartmentPlace), [dict(row) for row in places])
        db.session.commit()


def parent(site: Site, department: int) -> int | None:
    with site.app.app_context():
        found = db.session.scalar(sa.select(Department.parent_id).where(Department.id == department))
        db.session.rollback()
        return found


def test_a_department_is_dragged_and_put_back_by_keyboard(site: Site, visit: Visit, seen: Seen, ids: dict[str, int]) -> None:
    page = visit("admin")
    page.goto(TREE)
    row = page.locator(f"[data-org] [data-id='{ids['LH']}']")
    with page.expect_navigation():
        row.drag_to(page.locator(f"[data-org] [data-id='{ids['BJ']}']"))
    assert page.url.endswith(f"{TREE}{ids['LH']}")
    assert parent(site, ids["LH"]) == ids["BJ"]
    page.focus("#move-to")
    page.select_option("#move-to", str(ids["WY"]))
    with page.expect_navigation():
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    assert parent(site, ids["LH"]) == ids["WY"]
    # Nothing is put below itself.
    page.locator(f"[data-org] [data-id='{ids['KF']}']").drag_to(page.locator(f"[data-org] [data-id='{ids['KF-01']}']"))
    assert parent(site, ids["KF"]) == ids["WY"]
    assert not seen.complaints


def test_places_are_ticked(site: Site, visit: Visit, ids: dict[str, int]) -> None:
    page = visit("admin")
    page.goto(f"{TREE}{ids['KF-01']}/places")
    page.fill("[data-org-find]", "东湖")
    shown = page.locator("[data-org-places] > :not([hidden])")
    assert shown.count() == 1
    shown.locator("> .choice input").check()
    with page.expect_navigation():
        page.click("[data-save]")
    with site.app.app_context():
        query = sa.select(sa.func.count()).where(DepartmentPlace.department_id == ids["KF-01"])
        assert db.session.scalar(query) == 2
        db.session.rollback()


def test_the_pages_are_for_everybody(visit: Visit, ids: dict[str, int]) -> None:
    page = visit("admin")
    found = []
    for path in (TREE, f"{TREE}{ids['GC']}", f"{TREE}{ids['GC']}/places", "/platform/users/add"):
        page.goto(path)
        found += [f"{path}: {fault}" for fault in faults_everywhere(page)]
    assert found == []


def test_a_department_is_moved_without_script(site: Site, visit: Visit, ids: dict[str, int]) -> None:
    page = visit("admin", script=False)
    page.goto(f"{TREE}{ids['LH']}")
    page.select_option("#move-to", str(ids["BJ"]))
    page.click("form:has(#move-to) button")
    assert parent(site, ids["LH"]) == ids["BJ"]
