"""Every page of the registry in a real browser: nothing from elsewhere, a clean console, no serious accessibility fault."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe

from app.database import db
from app.registry import Entity, load
from tests.browser.conftest import Seen, Site, Visit

REGISTRY = load()
ENTITIES = [pytest.param(e, id=name) for name, e in REGISTRY.entities.items()]
# The browser's own note about an answer that is not 200; such answers are tested for.
STATUS = "Failed to load resource"


def pages_of(site: Site, entity: Entity) -> list[str]:
    base = f"/{entity.module.subsystem.name}/{entity.name}/"
    with site.app.app_context():
        some = db.session.scalars(sa.select(entity.model.id).order_by(entity.model.id).limit(1)).first()
        db.session.remove()
    return [base, f"{base}{some}", f"{base}{some}/edit", f"{base}add", f"{base}{some}/delete", f"{base}import"]


def faults(page: object) -> list[str]:
    """Serious and critical faults of the page that is open."""
    result = Axe().run(page, options={"resultTypes": ["violations"]})
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in result.response["violations"] if v["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_entity_pages(site: Site, visit: Visit, seen: Seen, entity: Entity, dark: bool) -> None:
    page = visit("admin", dark=dark, lang="en" if dark else "zh", width=390 if dark else 1440)
    for path in pages_of(site, entity):
        page.goto(path)
        assert faults(page) == [], path
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{path} scrolls sideways by {width} px"
    assert seen.foreign == []
    assert [c for c in seen.complaints if STATUS not in c] == []


@pytest.mark.parametrize("path", ["/", "/profile/", "/platform/users/", "/platform/roles/", "/nothing", "/swagger/v1"])
def test_other_pages(visit: Visit, seen: Seen, path: str) -> None:
    page = visit("admin")
    page.goto(path)
    page.wait_for_load_state("networkidle")
    if path != "/swagger/v1":  # drawn by a library of Flask-AppBuilder's
        assert faults(page) == []
    assert seen.foreign == []
    assert [c for c in seen.complaints if STATUS not in c] == []
