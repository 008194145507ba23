"""The frame: an application made of what `views/` declares. Reads like a table of contents."""

from __future__ import annotations

from app.quick_start import collect_again, without_collecting  # before everything else

# isort: split
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask.logging import default_handler, has_level_handler
from flask_appbuilder import AppBuilder
from flask_appbuilder.api import BaseApi
from werkzeug.utils import import_string

from app import (
    assets,
    busy,
    catalogues,
    charts,
    clean_input,
    cli,
    cli_data,
    cli_recipes,
    compression,
    errors,
    frame,
    headers,
    health,
    rendering,
    shell,
    upload_gate,
)
from app.csrf import MaskedCSRFProtect
from app.database import db
from app.entity import revealing
from app.entity.build import build
from app.entity.undo_pages import UndoView
from app.extension import Portal
from app.help import HelpView
from app.home import HomeView
from app.jobs import cli as cli_jobs
from app.jobs import pages as job_pages
from app.late_rules import LateRule
from app.preferences import PreferencesView
from app.registry import Registry, load
from app.search_everywhere.api import SearchApi
from app.search_everywhere.pages import SearchView
from app.security import acting, gate, second_factor_cli, sign_in, sign_ins
from app.security.acting import ActingView
from app.security.external import AuthSAMLView
from app.security.manager import PortalSecurityManager
from app.security.profile import ProfileView
from app.security.second_factor_pages import SecondFactorView
from app.security.sign_in_pages import SignInsView
from config import ROOT, flask_config

collect_again()


@without_collecting()
def create_app(changes: Mapping[str, Any] | None = None, registry: Registry | None = None) -> Flask:
    """The portal as a Flask application. `changes` override the configuration of the environment (tests)."""
    app = Flask(__name__, instance_path=str(ROOT / "instance"))
    app.url_rule_class = LateRule
    app.jinja_environment = rendering.Environment
    app.config.from_mapping(flask_config())
    app.config.update(changes or {})
    Path(app.config["INSTANCE_DIR"]).mkdir(parents=True, exist_ok=True)
    catalogues.compile_catalogues()
    # It warns at every sign-in that names no page to go on to.
    logging.getLogger("flask_appbuilder.utils.base").setLevel(logging.ERROR)
    # Who saw which masked value is noted wherever the portal runs, whatever else is logged there.
    revealing.log.setLevel(logging.INFO)
    if not has_level_handler(revealing.log):
        revealing.log.addHandler(default_handler)

    sign_ins.register(app)  # before the database
    db.init_app(app)
    if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
        import_string("app.migrating:register")(app)  # the commands of `flask db`; a worker does without Alembic
    upload_gate.register(app)
    sign_in.register(app)
    csrf = MaskedCSRFProtect(app)
    gate.register(app)
    app.extensions["portal"] = Portal(registry or load(), db.session)

    with app.app_context():
        appbuilder = AppBuilder(app, db.session, security_manager_class=PortalSecurityManager, indexview=HomeView)
        appbuilder.add_view_no_menu(PreferencesView)
        appbuilder.add_view_no_menu(ProfileView)
        appbuilder.add_view_no_menu(SecondFactorView)
        appbuilder.add_view_no_menu(SignInsView)
        appbuilder.add_view_no_menu(ActingView)
        appbuilder.add_view_no_menu(HelpView)
        appbuilder.add_view_no_menu(UndoView)
        appbuilder.add_view_no_menu(SearchView)
        appbuilder.add_api(SearchApi)
        appbuilder.add_view_no_menu(job_pages.JobsView)
        build(appbuilder, app.extensions["portal"].registry)
        if isinstance(appbuilder.sm.auth_view, AuthSAMLView):
            for answered in (appbuilder.sm.auth_view.acs, appbuilder.sm.auth_view.slo):
                csrf.exempt(answered)  # posted by the provider's page; the answer is signed
        for view in appbuilder.baseviews:
            if isinstance(view, BaseApi):
                # Programs sign requests with a token, which no foreign page can make a browser send.
                csrf.exempt(view.blueprint)

    job_pages.register(app)
    compression.register(app)
    headers.register(app)
    clean_input.register(app)
    assets.register(app)
    rendering.register(app)
    charts.register(app)
    frame.register(app)
    shell.register(app)
    acting.register(app)
    errors.register(app)
    busy.register(app)
    health.register(app)
    cli.register(app)
    cli_data.register(app)
    cli_recipes.register(app)
    cli_jobs.register(app)
    second_factor_cli.register(app)
    return app
