"""Signing in elsewhere keeps working under the portal's own pages: LDAP, OpenID Connect, SAML, the web server."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User

from app import create_app
from app.cli import set_up
from app.database import db
from config import sign_in_config
from models.platform.accounts import Account
from tests.conftest import settings
from tests.portal import PASSWORD, make_database, make_users
from tests.security import idp, oidc

REFUSED = 403
MakePortal = Callable[[str], Flask]
BASICS = "AUTH_USER_REGISTRATION = true\n"
MAPPING = '\n[AUTH_ROLES_MAPPING]\nhousing = ["Clerk"]\n"cn=housing,dc=example" = ["Clerk"]\n'


@pytest.fixture(scope="module")
def basis(database: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The settings of a database that is set up once for all ways to sign in."""
    folder = tmp_path_factory.mktemp("external")
    url = f"sqlite:///{folder / 'portal.db'}" if database == "sqlite" else make_database(request.getfixturevalue("postgres_url"))
    app = create_app(settings(folder, url))
    with app.app_context():
        set_up()
        make_users()
        db.session.remove()
        db.engine.dispose()
    return settings(folder, url)


@pytest.fixture
def portal_by(basis: dict[str, object], tmp_path: Path) -> Iterator[MakePortal]:
    """A portal by the text of a sign-in file."""
    made: list[Flask] = []

    def make(text: str) -> Flask:
        path = tmp_path / "sign_in.toml"
        path.write_text(text)
        changes = {"WTF_CSRF_ENABLED": True, "PROPAGATE_EXCEPTIONS": True} | sign_in_config(str(path))
        made.append(create_app(basis | changes))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def lists(client: FlaskClient) -> tuple[int, int]:
    """How the own account and a list that clerks see answer."""
    return client.get("/profile/").status_code, client.get("/housing/rooms/").status_code


def make_system(app: Flask, login: str) -> None:
    """Make an account that an outside system has."""
    with app.app_context():
        user = db.session.scalar(sa.select(User).where(User.username == login))
        db.session.add(Account(user_id=user.id, is_system=True))
        db.session.commit()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('AUTH_TYPE = "kerberos"', "AUTH_TYPE is one of"),
        ('AUTH_TYPE = "ldap"', "ldap needs AUTH_LDAP_SERVER"),
        ('AUTH_TYPE = "db"\nSECRET_KEY = "x"', "not settings of signing in: SECRET_KEY"),
        ("AUTH_TYPE = ", "Invalid value"),
    ],
)
def test_a_wrong_file_stops_the_start_and_says_why(tmp_path: Path, text: str, wrong: str) -> None:
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(ValueError, match=wrong):
        sign_in_config(str(tmp_path / "s.toml"))


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, dict[str, list[bytes]]]]:
    """python-ldap, as far as it is used: people by login with password and attributes."""
    people: dict[str, tuple[str, dict[str, list[bytes]]]] = {}

    class Refused(Exception):
        pass

    class Connection:
        protocol_version = 3

        def set_option(self, *_: Any) -> None:
            pass

        def simple_bind_s(self, dn: str, password: str = "") -> None:
            login = dn.partition(",")[0].removeprefix("uid=")
            if login != "reader" and (login not in people or people[login][0] != password):
                raise Refused(dn)

        def search_s(self, _base: str, _scope: int, found: str, _fields: Any) -> list[Any]:
            return [(f"uid={login},dc=example", facts) for login, (_p, facts) in people.items() if f"(uid={login})" in found]

    module = types.ModuleType("ldap")
    module.initialize = lambda _server: Connection()
    module.INVALID_CREDENTIALS = module.LDAPError = module.SERVER_DOWN = Refused
    for name in ("OPT_REFERRALS", "OPT_X_TLS_REQUIRE_CERT", "OPT_X_TLS_NEVER", "OPT_X_TLS_DEMAND", "SCOPE_SUBTREE", "OPT_X_TLS_ALLOW"):
        setattr(module, name, 0)
    module.set_option = lambda *_: None
    filters = types.ModuleType("ldap.filter")
    filters.escape_filter_chars = lambda text, *_: text.replace("*", r"\2a").replace("(", r"\28")
    module.filter = filters
    monkeypatch.setitem(sys.modules, "ldap", module)
    monkeypatch.setitem(sys.modules, "ldap.filter", filters)
    return people


LDAP = f"""AUTH_TYPE = "ldap"
{BASICS}AUTH_LDAP_SERVER = "ldap://directory.example"
AUTH_LDAP_SEARCH = "dc=example"
AUTH_LDAP_BIND_USER = "uid=reader,dc=example"
AUTH_LDAP_BIND_PASSWORD = "reads"
"""


def sign_in(client: FlaskClient, login: str, password: str) -> None:
    page = client.get("/login/").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    client.post("/login/", data={"username": login, "password": password, "csrf_token": token})


def test_ldap(portal_by: MakePortal, directory: dict[str, tuple[str, dict[str, list[bytes]]]]) -> None:
    person = {"givenName": [b"Fang"], "sn": [b"Wang"], "mail": [b"wang@example.org"]}
    directory["wangfang"] = ("in the directory", person)
    directory["lina"] = ("in the directory", person | {"mail": [b"li@example.org"], "memberOf": [b"cn=housing,dc=example"]})
    app = portal_by(LDAP + MAPPING)
    wrong, nobody, clerk = app.test_client(), app.test_client(), app.test_client()
    sign_in(wrong, "wangfang", "guessed")
    assert wrong.get("/profile/").status_code == 302
    sign_in(nobody, "wangfang", "in the directory")
    assert lists(nobody) == (200, REFUSED), "whoever comes for the first time has no right"
    sign_in(clerk, "lina", "in the directory")
    assert lists(clerk) == (200, 200), "the group in the directory gives the role"
    make_system(app, "lina")
    again = app.test_client()
    sign_in(again, "lina", "in the directory")
    assert again.get("/profile/").status_code == 302
    # A password that the portal once kept opens nothing beside the directory, by no door.
    body = {"username": "clerk", "password": PASSWORD, "provider": "db"}
    assert app.test_client().post("/api/v1/security/login", json=body).status_code in (400, 401)


@pytest.mark.filterwarnings("ignore:The HMAC key is 30 bytes long")  # Flask-AppBuilder's, for a state that lives a minute
def test_openid_connect(portal_by: MakePortal) -> None:
    claims: dict[str, Any] = {
        "sub": "7",
        "preferred_username": "zhaolei",
        "given_name": "Lei",
        "family_name": "Zhao",
        "groups": ["housing"],
    }
    with oidc.provider(claims) as address:
        app = portal_by(f"""AUTH_TYPE = "oauth"
{BASICS}{MAPPING}
[[OAUTH_PROVIDERS]]
name = "office"
label = "办公平台"
token_key = "access_token"
[OAUTH_PROVIDERS.remote_app]
client_id = "portal"
client_secret = "known to both"
server_metadata_url = "{address}/.well-known/openid-configuration"
client_kwargs = {{ scope = "openid profile email" }}
""")
        client = app.test_client()
        start = client.get("/housing/rooms/")
        page = client.get(start.location)
        assert "用办公平台登录" in page.text
        forth = client.get("/login/office?next=/housing/rooms/")
        assert forth.location.startswith(address + "/authorize?"), forth.text
        back = requests.get(forth.location, allow_redirects=False, timeout=10).headers["Location"]
        done = client.get(back.removeprefix("http://localhost"))
        assert (done.status_code, done.location) == (302, "/housing/rooms/")
        assert lists(client) == (200, 200)
        assert 'name="new_password"' not in client.get("/profile/").text, "there is no password of the portal to change"
        other = app.test_client()
        other.get("/login/")
        assert other.get(back.removeprefix("http://localhost")).status_code == 302
        refused = other.get("/login/")
        assert "登录请求被拒绝" in refused.text, "an answer to somebody else's question"
        assert other.get("/profile/").status_code == 302
        assert client.get("/logout/").status_code == 302
        assert client.get("/profile/").status_code == 302


def saml_file(certificate: str) -> str:
    body = "".join(certificate.splitlines()[1:-1])
    return f"""AUTH_TYPE = "saml"
{BASICS}{MAPPING}
[SAML_CONFIG]
strict = true
[SAML_CONFIG.sp]
entityId = "{idp.PORTAL}"
[SAML_CONFIG.sp.assertionConsumerService]
url = "{idp.ACS}"
binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
[SAML_CONFIG.security]
wantAssertionsSigned = true
rejectDeprecatedAlgorithm = true
[[SAML_PROVIDERS]]
name = "office"
attribute_mapping = {{ groups = "role_keys" }}
[SAML_PROVIDERS.idp]
entityId = "{idp.ENTITY}"
x509cert = "{body}"
[SAML_PROVIDERS.idp.singleSignOnService]
url = "https://idp.example/sso"
binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
"""


@pytest.mark.filterwarnings("ignore:The server_port key in request data is deprecated")  # Flask-AppBuilder's way of asking
def test_saml(portal_by: MakePortal) -> None:
    provider = idp.IdentityProvider()
    app = portal_by(saml_file(provider.certificate))
    client = app.test_client()
    assert "用office登录" in client.get("/login/").text
    assert client.get("/login/office").location.startswith("https://idp.example/sso?SAMLRequest=")
    assert client.get("/saml/metadata/").status_code == 200
    done = client.post("/saml/acs/", data={"SAMLResponse": provider.answer("sunli", ("housing",))})
    assert done.status_code == 302
    assert lists(client) == (200, 200)
    for forged in (idp.IdentityProvider().answer("sunli", ("housing",)), provider.answer("sunli", minutes=-10), "bm90aGluZw=="):
        stranger = app.test_client()
        assert stranger.post("/saml/acs/", data={"SAMLResponse": forged}).status_code == 302
        assert "登录无效" in stranger.get("/login/").text
        assert stranger.get("/profile/").status_code == 302


def test_the_web_server_names_the_user(portal_by: MakePortal) -> None:
    app = portal_by('AUTH_TYPE = "remote_user"\n')
    known = {"environ_base": {"REMOTE_USER": "clerk"}}
    client = app.test_client()
    assert client.get("/login/?next=/housing/rooms/", **known).location == "/housing/rooms/"
    assert lists(client) == (200, 200)
    for named in ({}, {"environ_base": {"REMOTE_USER": "stranger"}}):
        answer = app.test_client().get("/login/", **named)
        assert (answer.status_code, "请联系管理员" in answer.text) == (401, True)
    assert app.test_client().get("/login/", headers={"Remote-User": "clerk", "REMOTE_USER": "clerk"}).status_code == 401, (
        "a header is no word"
    )
