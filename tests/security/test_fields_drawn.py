"""Fields that are hidden or masked for a role are so in what is made by hand: cards, colours, figures, files, the search (row 4.3)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.colouring import Colouring
from app.extension import portal
from app.figures import Figure
from app.legend import keys_of
from app.security.masks import limitable
from models.base import Base
from models.platform.scopes import Level, Reach
from models.seen import Seen
from tests.security.inside_outside import Estate

H, M = Level.HIDDEN, Level.MASKED


def test_a_card_tells_only_what_is_open(estate: Estate) -> None:
    levels = [
        ("households", "phone", H),
        ("rooms", "use", H),
        ("rooms", "layout", H),
        ("rooms", "gross_area", M),
    ]
    browser = estate.browser(estate.somebody("reader", Reach.ALL, levels))
    room, let = estate.inside["rooms"], estate.inside["let"]
    cards = [(estate.browser(user).get(f"/housing/grid/room/{i}").text) for user in ("clerk", "reader") for i in (room, let)]
    everything, told = "".join(cards[:2]), "".join(cards[2:])
    for secret in ("13893401234", "自住", "三室两厅", "126.93"):
        assert secret in everything, secret
        assert secret not in told, secret
    assert "138" not in told, "a hidden telephone is not even masked"
    assert "钱租" in told
    grid = browser.get(f"/housing/grid/{estate.inside['buildings']}").text
    assert "colour=use" not in grid
    assert "colour=area" not in grid
    assert "colour=decoration" in grid


def test_colours_and_figures_of_hidden_fields_are_not_offered(estate: Estate) -> None:
    levels = [
        ("residents", "born_on", M),
        ("households", "moved_out", H),
        ("buildings", "completed_on", H),
        ("buildings", "floors", H),
        ("tenancies", "state", H),
    ]
    browser = estate.browser(estate.somebody("reader", Reach.ALL, levels))
    everybody = estate.browser("clerk")
    plan = f"/housing/plan/{estate.area}"
    for name in ("age", "building-age", "households", "residents", "by.household", "by.tenancy", "by.expiring", "by.age"):
        assert f"figure={name}" in everybody.get(plan).text, name
        assert f"figure={name}" not in browser.get(plan).text, name
    assert "figure=rooms" in browser.get(plan).text
    grid = f"/housing/grid/{estate.inside['buildings']}"
    for told in ("2011", "18 层"):
        assert told in everybody.get(grid).text, told
        assert told not in browser.get(grid).text, told


def test_the_search_knows_no_word_of_a_hidden_field(estate: Estate) -> None:
    brand, phone = "大众", "13893401234"
    browser = estate.browser(
        estate.somebody("reader", Reach.ALL, [("vehicles", "brand", H), ("residents", "phone", M), ("households", "phone", M)])
    )
    car, person = f"/housing/vehicles/{estate.inside['vehicles']}", f"/housing/residents/{estate.inside['residents']}"
    assert car in estate.browser("clerk").get(f"/search?q={brand}").text
    assert person in estate.browser("clerk").get(f"/search?q={phone}").text
    for words in (brand, f"{brand} 甘M12345", phone, f"赵雪 {phone}"):
        page = browser.get(f"/search?q={words}").text
        assert car not in page, words
        assert person not in page, words
    page = browser.get("/search?q=甘M12345").text
    assert car in page
    assert brand not in page
    page = browser.get("/search?q=赵雪").text
    assert person in page
    assert phone not in page


def test_a_file_tells_only_what_is_open(estate: Estate) -> None:
    levels = [("households", "moved_in", H), ("pets", "registered_on", H), ("pets", "breed", H), ("households", "category", H)]
    estate.somebody("reader", Reach.ALL, levels)
    household, room = (f"/housing/{name}/{estate.inside[name]}" for name in ("households", "rooms"))
    secrets = ("2011-10-18", "2019-05-06", "柯基", "职工住户")
    for path, told in ((f"{household}/file", secrets), (room, ("2011-10-18",)), (f"{room}/file", ("2011-10-18",))):
        everything, text = (estate.browser(user).get(path).text for user in ("clerk", "reader"))
        for secret in told:
            assert secret in everything, (path, secret)
            assert secret not in text, (path, secret)


def nothing(_of: object) -> tuple[object, ...]:
    return (sa.false(),)


def test_every_figure_and_colouring_asks_what_is_seen(estate: Estate, session: sa.orm.Session) -> None:
    """Whoever sees none of the records behind a drawn one is told nothing by it, whichever module declared it."""
    registry = portal().registry

    def own(facts: tuple[tuple[type[Base], str], ...], model: type[Base]) -> bool:
        return all(of is model and "." not in name for of, name in facts)

    blind: Seen = nothing
    for f in registry.declared(Figure):
        rows = session.execute(f.select(sa.select(f.model.id), blind)).all()
        assert not rows or (own(f.facts, f.model) and f.facts), f.name
    for c in registry.declared(Colouring):
        keys = keys_of(session, c, sa.select(c.model.id), blind)
        assert not any(key is not None for key in keys.values()) or (own(c.facts, c.model) and c.facts), c.name


@pytest.mark.parametrize("kind", [Colouring, Figure])
def test_every_figure_and_colouring_names_the_fields_it_reads(kind: type, session: sa.orm.Session) -> None:
    """Each that follows from a field that a role can be kept from says so, so that it is not offered then."""
    registry = portal().registry
    silent = {d.name for d in registry.declared(kind) if not d.facts}
    assert silent <= {"rooms"}, "counts alone read no field"
    for declared in registry.declared(kind):
        for model, name in declared.facts:
            entity = registry.of_model(model)
            assert entity is not None, declared.name
            assert name.partition(".")[0] in {f.name for f in limitable(entity)} | set(entity.key) | {
                f for _t, names in entity.form for f in names
            } | set(entity.columns), (declared.name, name)
