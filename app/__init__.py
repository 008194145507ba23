"""The frame: an application made of what `views/` declares. Reads like a table of contents."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_appbuilder.api import BaseApi
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect

from app import assets, catalogues, clean_input, cli, cli_data, errors, headers, health, rendering, shell
from app.database import db
from app.entity.build import build
from app.extension import Portal
from app.home import HomeView
from app.preferences import PreferencesView
from app.registry import Registry, load
from app.security.manager import PortalSecurityManager
from app.security.profile import ProfileView
from config import ROOT, flask_config


def create_app(changes: Mapping[str, Any] | None = None, registry: Registry | None = None) -> Flask:
    """The portal as a Flask application. `changes` override the configuration of the environment (tests)."""
    app = Flask(__name__, instance_path=str(ROOT / "instance"))
    app.config.from_mapping(flask_config())
    app.config.update(changes or {})
    Path(app.config["INSTANCE_DIR"]).mkdir(parents=True, exist_ok=True)
    catalogues.compile_catalogues()
    # It warns at every sign-in that names no page to go on to.
    logging.getLogger("flask_appbuilder.utils.base").setLevel(logging.ERROR)

    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    csrf = CSRFProtect(app)
    app.extensions["portal"] = Portal(registry or load(), db.session)

    with app.app_context():
        appbuilder = AppBuilder(app, db.session, security_manager_class=PortalSecurityManager, indexview=HomeView)
        appbuilder.add_view_no_menu(PreferencesView)
        appbuilder.add_view_no_menu(ProfileView)
        build(appbuilder, app.extensions["portal"].registry)
        for view in appbuilder.baseviews:
            if isinstance(view, BaseApi):
                # Programs sign requests with a token, which no foreign page can make a browser send.
                csrf.exempt(view.blueprint)

    headers.register(app)
    clean_input.register(app)
    assets.register(app)
    rendering.register(app)
    shell.register(app)
    errors.register(app)
    health.register(app)
    cli.register(app)
    cli_data.register(app)
    return app
