"""Every setting once: its name in the environment, its default, what it is for. No configuration at all gives the embedded portal:
SQLite, files and secrets under `instance/`."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: name, default as text, help."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting("HOST", "127.0.0.1", "Address to listen on."),
    Setting("PORT", "8080", "Port to listen on."),
    Setting(
        "INSTANCE_DIR", "instance", "Folder of the database, uploaded files and generated secrets (relative to the project, or absolute)."
    ),
    Setting(
        "DATABASE_URL", "", "SQLAlchemy address; empty: SQLite in INSTANCE_DIR. PostgreSQL: postgresql+psycopg://user:password@host/name."
    ),
    Setting(
        "SECRET_KEY", "", "Signs sessions and tokens; empty: generated once and kept in INSTANCE_DIR. Must be the same on all machines."
    ),
    Setting("PORTAL_ADMIN_PASSWORD", "", "Password of the administrator `admin` when it is created; empty: generated and printed once."),
    Setting("PORTAL_COMMUNITY", "湖滨花园", "Name of the community, shown at the top."),
    Setting("PORTAL_TIMEZONE", "Asia/Shanghai", "Zone in which times are shown."),
    Setting("PORTAL_LOCALE", "zh", "Language of first contact: zh or en."),
    Setting("PORTAL_HTTPS", "", "1 when the portal is reached over HTTPS: session cookies are then sent over HTTPS only."),
    Setting("PORTAL_IDLE_MINUTES", "480", "A sign-in ends after so long without a request."),
    Setting("PORTAL_SIGN_IN_HOURS", "168", "A sign-in ends after so long in any case."),
    Setting("PORTAL_PASSWORD_LENGTH", "10", "Fewest characters of a password; not below 8."),
    Setting("PORTAL_PASSWORD_LIST", "", "File of further passwords that are refused, one a line, beside the list that comes along."),
    Setting("PORTAL_PASSWORD_HISTORY", "3", "So many former passwords of an account are refused; 0: none."),
    Setting("PORTAL_PASSWORD_DAYS", "0", "A password must be changed after so many days; 0: never."),
    Setting("PORTAL_SECOND_FACTOR", "", "Roles that must have a second factor, by commas, such as Administrator,Manager; *: everybody."),
    Setting("PORTAL_UPLOAD_MIB", "100", "Largest upload in MiB."),
    Setting("IMPORT_ROWS_AT_ONCE", "2000", "Imports of up to so many rows are done while the page waits; larger ones by a job."),
    Setting("IMPORT_UNDO_DAYS", "90", "So long an import can be taken back as a whole."),
    Setting("PORTAL_DEMO_HOUSEHOLDS", "1000", "Households of the demo community that a first `make run` loads; 0: none."),
    Setting(
        "PORTAL_EXPORT_AT_ONCE", "20000", "Records that an export hands over at once (a tenth of that as PDF); more are written by a job."
    ),
    Setting("API_KEY_RATE_LIMIT", "600 per 1 minute", "How often an API key of an outside system may ask; then it is told to wait."),
    Setting(
        "REDIS_URL",
        "",
        "Redis that several machines share, such as redis://host/0: sign-in attempts are counted there, jobs wait there; empty: here.",
    ),
    Setting(
        "JOB_WORKERS",
        "1",
        "Processes beside the web process that run one job each; 0: none here, `flask --app run worker` runs them elsewhere.",
    ),
    Setting(
        "SIGN_IN_FILE",
        "",
        "TOML file by which people sign in by LDAP, OAuth, SAML or the web server (docs/signing-in.md); empty: by password.",
    ),
    Setting("WEB_THREADS", "8", "Threads of a gunicorn worker."),
    Setting("WEB_WORKERS", "1", "Gunicorn workers; more than one asks for PostgreSQL."),
)


def environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The settings by name, from the environment or their default."""
    return {s.name: environ.get(s.name) or s.default for s in SETTINGS}


def _kept_secret(folder: Path) -> str:
    """The secret of this installation: made on the first start, readable by its owner only."""
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


_KINDS = {"db": 1, "ldap": 2, "remote_user": 3, "oauth": 4, "saml": 5}
"""Flask-AppBuilder's numbers of the ways to sign in."""
_SIGN_IN_TABLES = ("OAUTH_PROVIDERS", "SAML_PROVIDERS", "SAML_CONFIG")


def sign_in_config(path: str) -> dict[str, Any]:
    """Flask-AppBuilder's settings of the way to sign in, from a TOML file; ValueError says what is wrong with it."""
    if not path:
        return {}
    try:
        with (ROOT / path).open("rb") as file:
            found = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"SIGN_IN_FILE {path}: {error}") from error
    unknown = [name for name in found if name not in _SIGN_IN_TABLES and not name.startswith("AUTH_")]
    if unknown:
        raise ValueError(f"SIGN_IN_FILE {path}: not settings of signing in: {', '.join(unknown)}")
    kind = found.get("AUTH_TYPE")
    if kind not in _KINDS:
        raise ValueError(f"SIGN_IN_FILE {path}: AUTH_TYPE is one of {', '.join(_KINDS)}, not {kind!r}")
    needed = {"ldap": "AUTH_LDAP_SERVER", "oauth": "OAUTH_PROVIDERS", "saml": "SAML_PROVIDERS"}.get(kind)
    if needed and not found.get(needed):
        raise ValueError(f"SIGN_IN_FILE {path}: {kind} needs {needed}")
    return found | {"AUTH_TYPE": _KINDS[kind]}


def flask_config(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The Flask configuration that the environment asks for."""
    env = environment(environ)
    instance = (ROOT / env["INSTANCE_DIR"]).resolve()
    https = env["PORTAL_HTTPS"] == "1"
    return {
        "HOST": env["HOST"],
        "PORT": int(env["PORT"]),
        "INSTANCE_DIR": instance,
        "COMMUNITY": env["PORTAL_COMMUNITY"],
        "ADMIN_PASSWORD": env["PORTAL_ADMIN_PASSWORD"],
        "DEMO_HOUSEHOLDS": int(env["PORTAL_DEMO_HOUSEHOLDS"]),
        "IMPORT_ROWS_AT_ONCE": int(env["IMPORT_ROWS_AT_ONCE"]),
        "IMPORT_UNDO_DAYS": int(env["IMPORT_UNDO_DAYS"]),
        "SECRET_KEY": env["SECRET_KEY"] or _kept_secret(instance),
        "SQLALCHEMY_DATABASE_URI": env["DATABASE_URL"] or f"sqlite:///{instance / 'portal.db'}",
        # A connection for each thread: one that is opened anew reads the whole schema, or has nothing prepared.
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": bool(env["DATABASE_URL"]), "pool_size": int(env["WEB_THREADS"])},
        "EXPORT_AT_ONCE": int(env["PORTAL_EXPORT_AT_ONCE"]),
        "MAX_CONTENT_LENGTH": int(env["PORTAL_UPLOAD_MIB"]) * 1024 * 1024,
        # Forms of hundreds of fields are normal here; files are bounded by MAX_CONTENT_LENGTH.
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "IDLE_MINUTES": int(env["PORTAL_IDLE_MINUTES"]),
        "SIGN_IN_HOURS": int(env["PORTAL_SIGN_IN_HOURS"]),
        "PASSWORD_LENGTH": max(int(env["PORTAL_PASSWORD_LENGTH"]), 8),
        "PASSWORD_LIST": env["PORTAL_PASSWORD_LIST"],
        "PASSWORD_HISTORY": int(env["PORTAL_PASSWORD_HISTORY"]),
        "PASSWORD_DAYS": int(env["PORTAL_PASSWORD_DAYS"]),
        "SECOND_FACTOR_ROLES": frozenset(name.strip() for name in env["PORTAL_SECOND_FACTOR"].split(",") if name.strip()),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # Over HTTPS a browser takes a cookie of this name from this very host alone: none that a neighbour under the domain has set.
        "SESSION_COOKIE_NAME": "__Host-session" if https else "session",
        "SESSION_COOKIE_SECURE": https,
        "JWT_ALGORITHM": "HS256",
        # A token that renews others is good for as long as its sign-in, which the list on the server knows.
        "JWT_REFRESH_TOKEN_EXPIRES": timedelta(hours=int(env["PORTAL_SIGN_IN_HOURS"])),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a form left open over lunch must still be saved
        "BABEL_DEFAULT_LOCALE": env["PORTAL_LOCALE"],
        "BABEL_DEFAULT_TIMEZONE": env["PORTAL_TIMEZONE"],
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "app" / "translations"),
        "LANGUAGES": {"zh": {"flag": "cn", "name": "中文"}, "en": {"flag": "gb", "name": "English"}},
        "APP_NAME": env["PORTAL_COMMUNITY"],
        # Tables come from migrations and rights from `flask setup`, never from a web process that happens to start first.
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_API_SWAGGER_UI": True,
        "FAB_API_MAX_PAGE_SIZE": 1000,
        "FAB_API_KEY_ENABLED": True,  # `protect` asks PortalSecurityManager; the portal has a table of its own
        "API_KEY_RATE_LIMIT": env["API_KEY_RATE_LIMIT"],
        "AUTH_ROLE_ADMIN": "Administrator",
        "AUTH_ROLE_PUBLIC": "Public",
        "AUTH_RATE_LIMITED": True,
        "AUTH_RATE_LIMIT": "20 per 1 minute",
        "RATELIMIT_ENABLED": True,
        "REDIS_URL": env["REDIS_URL"],
        "JOB_WORKERS": int(env["JOB_WORKERS"]),
        "RATELIMIT_STORAGE_URI": env["REDIS_URL"] or "memory://",
    } | sign_in_config(env["SIGN_IN_FILE"])
