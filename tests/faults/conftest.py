"""The stock application beside ours, and few records to tell apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.faults import stock


@pytest.fixture(scope="session")
def stock_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The stock application; made once for the whole run, because Flask-AppBuilder's views keep what they are given."""
    application = stock.make_stock(tmp_path_factory.mktemp("stock"))
    yield application
    with application.app_context():
        application.extensions["stock_db"].engine.dispose()


@pytest.fixture
def stock_app(stock_site: Flask) -> Iterator[Flask]:
    """The stock application without any animal or shelter."""
    yield stock_site
    with stock.session_of(stock_site) as session:
        session.execute(sa.delete(stock.Animal))
        session.execute(sa.delete(stock.Shelter))
        session.commit()
