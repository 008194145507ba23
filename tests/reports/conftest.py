"""Renderers are pure functions; they need a language, no database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import force_locale


@pytest.fixture
def zh(demo_app: Flask) -> Iterator[None]:
    """In Chinese."""
    with demo_app.test_request_context(), force_locale("zh"):
        yield


@pytest.fixture
def en(demo_app: Flask) -> Iterator[None]:
    """In English."""
    with demo_app.test_request_context(), force_locale("en"):
        yield
