"""Stock Flask-AppBuilder in its own words: a tiny application of ModelView and ModelRestApi, as its documentation says to write
one. Each fault that our engine cures is shown here to be real, by the same assertion that ours passes.

Nothing of the portal is used, except that both hang on the one metadata of Flask-AppBuilder's `Model`: the tables of this
application therefore have a metadata of their own, so that ours stays what the migrations say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask, redirect
from flask.testing import FlaskClient
from flask_appbuilder import AppBuilder, BaseView, DirectByChartView, Model, ModelRestApi, ModelView, action, expose
from flask_appbuilder.models.mixins import AuditMixin
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.filters import FilterEqual, SQLAFilterConverter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy.orm import Mapped, mapped_column, relationship

PASSWORD = "stock-password"

Test = TypeVar("Test", bound=Callable[..., None])


def stock_fails(reason: str) -> Callable[[Test], Test]:
    """The test after it asserts of stock what holds for ours, and must fail: by the assertion, not by an accident on the way. What
    stock's dependencies are about to drop is stock's affair."""

    def marked(test: Test) -> Test:
        expected = pytest.mark.xfail(strict=True, raises=AssertionError, reason=f"stock: {reason}")
        return pytest.mark.filterwarnings("ignore::DeprecationWarning")(expected(test))

    return marked


def sure(condition: bool, what: str) -> None:
    """Something that must hold of stock for its failure to mean anything; not an AssertionError, so the expected failure does not
    swallow it."""
    if not condition:
        raise RuntimeError(f"the stock application is not as expected: {what}")


class StockModel(Model):
    """Flask-AppBuilder's base over a metadata of this application's own."""

    __abstract__ = True
    metadata = sa.MetaData()


class Shelter(StockModel):
    __tablename__ = "stock_shelter"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50), unique=True)

    def __repr__(self) -> str:
        return self.name


class Animal(StockModel):
    __tablename__ = "stock_animal"
    id: Mapped[int] = mapped_column(primary_key=True)
    tag_no: Mapped[str] = mapped_column(sa.String(50), unique=True)
    name: Mapped[str | None] = mapped_column(sa.String(50))
    note: Mapped[str | None] = mapped_column(sa.String(500))
    age: Mapped[int | None]
    born_on: Mapped[date | None]
    shelter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stock_shelter.id"))
    shelter: Mapped[Shelter | None] = relationship(Shelter)

    def __repr__(self) -> str:
        return self.tag_no


class AnimalView(ModelView):
    """The list everybody writes first."""

    datamodel = SQLAInterface(Animal)
    route_base = "/animals"
    list_columns = ["tag_no", "name"]
    add_columns = edit_columns = ["tag_no", "name", "note", "shelter"]
    page_size = 200


class MoreFilters(SQLAFilterConverter):
    """Stock's ten ways of comparing a text, and an eleventh."""

    conversion_table = (
        ("is_string", [*next(found for kind, found in SQLAFilterConverter.conversion_table if kind == "is_string"), FilterEqual]),
        *SQLAFilterConverter.conversion_table,
    )


class FilteredInterface(SQLAInterface):
    filter_converter_class = MoreFilters


class FilteredView(ModelView):
    datamodel = FilteredInterface(Animal)
    route_base = "/filtered"
    list_columns = ["tag_no"]


class ScopedView(ModelView):
    """A list limited by `base_filters`, with the bulk deletion of the documentation."""

    datamodel = SQLAInterface(Animal)
    route_base = "/scoped"
    list_columns = ["tag_no"]
    base_filters = [["name", FilterEqual, "mine"]]

    @action("muldelete", "Delete", "Delete all?", "fa-trash")
    def muldelete(self, items: Any) -> Any:
        self.datamodel.delete_all(items if isinstance(items, list) else [items])
        return redirect("/scoped/list/")


class FailingView(ModelView):
    """A list whose last step of an addition fails, such as one that tells another system."""

    datamodel = SQLAInterface(Animal)
    route_base = "/failing"
    list_columns = add_columns = ["tag_no"]

    def post_add(self, item: Any) -> None:
        raise RuntimeError("a later step failed")


class AnimalChart(DirectByChartView):
    datamodel = SQLAInterface(Animal)
    route_base = "/chart"
    chart_title = "Animals"
    definitions: ClassVar[list[dict[str, Any]]] = [{"group": "name", "formatter": str, "series": ["id"]}]


class OpenPage(BaseView):
    """A page whose author forgot the guard."""

    route_base = "/open"
    default_view = "page"

    @expose("/page")
    def page(self) -> str:
        return "everything about everybody"


class AnimalApi(ModelRestApi):
    datamodel = SQLAInterface(Animal)
    resource_name = "animals"


def make_stock(folder: Path) -> Flask:
    """A stock application on SQLite with an administrator; called once, because its views are classes."""
    app = Flask("stock", root_path=str(folder))
    app.config.update(
        SECRET_KEY="a key that only signs things of tests",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'stock.db'}",
        TESTING=True,
        PROPAGATE_EXCEPTIONS=False,
        WTF_CSRF_ENABLED=False,
        RATELIMIT_ENABLED=False,
        FAB_PASSWORD_HASH_METHOD="pbkdf2:sha256:1000",
        FAB_ROLES={"Reader": [["housing.pets", "can_read"]]},
    )
    db = SQLA()
    db.init_app(app)
    with app.app_context():
        Model.metadata.create_all(db.engine, tables=[t for t in Model.metadata.sorted_tables if t.name.startswith("ab_")])
        StockModel.metadata.create_all(db.engine)
        builder = AppBuilder(app, db.session)
        for view in (AnimalView, FilteredView, ScopedView, FailingView, AnimalChart, OpenPage):
            builder.add_view_no_menu(view)
        builder.add_api(AnimalApi)
        builder.sm.add_user("admin", "A", "B", "admin@example.org", builder.sm.find_role("Admin"), password=PASSWORD)
        db.session.remove()
    app.extensions["stock_db"] = db
    return app


def browser(app: Flask) -> FlaskClient:
    """A signed-in administrator."""
    client = app.test_client()
    client.post("/login/", data={"username": "admin", "password": PASSWORD})
    sure(client.get("/animals/list/").status_code == 200, "the administrator may see lists")
    return client


def token(app: Flask) -> dict[str, str]:
    body = {"username": "admin", "password": PASSWORD, "provider": "db"}
    return {"Authorization": f"Bearer {app.test_client().post('/api/v1/security/login', json=body).json['access_token']}"}


@contextmanager
def session_of(app: Flask) -> Iterator[Any]:
    """A session on the stock database."""
    with app.app_context():
        yield app.extensions["stock_db"].session
        app.extensions["stock_db"].session.remove()


def put(app: Flask, *animals: dict[str, Any]) -> list[int]:
    """Store animals; returns their ids."""
    with session_of(app) as session:
        records = [Animal(**values) for values in animals]
        session.add_all(records)
        session.commit()
        return [r.id for r in records]


def tags(app: Flask) -> set[str]:
    """The tags that the database holds."""
    with session_of(app) as session:
        return set(session.scalars(sa.select(Animal.tag_no)))


@contextmanager
def audited_model(app: Flask) -> Iterator[type[Model]]:
    """A model with AuditMixin and its table. It points to the users, so it must stand in the shared metadata for a while."""

    class Audited(AuditMixin, Model):
        __tablename__ = "stock_audited"
        id: Mapped[int] = mapped_column(primary_key=True)

    table = Audited.__table__
    try:
        with app.app_context():
            table.create(app.extensions["stock_db"].engine)
            yield Audited
            app.extensions["stock_db"].session.remove()
            table.drop(app.extensions["stock_db"].engine)
    finally:
        Model.metadata.remove(table)
