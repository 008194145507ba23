"""Flask-AppBuilder's security manager with one query for all of a user's rights, and without its stock screens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import sqlalchemy as sa
import sqlalchemy.orm
from flask import current_app, g, has_request_context, request
from flask_appbuilder.const import AUTH_DB, AUTH_LDAP, AUTH_OAUTH, AUTH_REMOTE_USER, AUTH_SAML
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import (
    Role,
    User,
)
from flask_appbuilder.security.views import AuthView

from app.database import PREPARED
from app.security.accounts import full_name
from app.security.actor import Actor
from app.security.api_keys import let_in, sent_key
from app.security.external import AuthOAuthView, AuthRemoteUserView, AuthSAMLView
from app.security.sign_in import AuthDBView, AuthLDAPView
from app.security.standing import standing_columns, standing_of
from app.security.token_login import SecurityApi
from models.platform.accounts import Account

_ID = sa.bindparam("user_id", type_=sa.Integer)
_STANDING = standing_columns(_ID)
_USER_WITH_STANDING = sa.select(User, *_STANDING).where(User.id == _ID).options(sa.orm.lazyload("*")).execution_options(**PREPARED)
_ONLY_STANDING = sa.select(*_STANDING)


def _account_and_address() -> str:
    """What sign-in attempts are counted by: an office behind one address must not lose its sign-in because of one forgetful
    colleague, nor somebody at home theirs because of a guesser elsewhere."""
    body = request.get_json(silent=True) if request.is_json else request.form
    name = body.get("username", "") if isinstance(body, Mapping) else ""
    return f"{request.remote_addr} {str(name).strip().casefold()[:128]}"


class PortalSecurityManager(SecurityManager):
    """Stock token service; sign-in that loses nothing, also elsewhere and by key; rights are read once per request; users and roles have
    screens of the portal's own."""

    security_api = SecurityApi
    _auth_views: ClassVar[dict[int, type[AuthView]]] = {
        AUTH_DB: AuthDBView,
        AUTH_LDAP: AuthLDAPView,
        AUTH_REMOTE_USER: AuthRemoteUserView,
        AUTH_OAUTH: AuthOAuthView,
        AUTH_SAML: AuthSAMLView,
    }

    def actor_of(self, user: Any) -> Actor:
        """The actor behind a user object; anonymous users are nobody."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return Actor(None, "")
        read = g.get("user_with_standing")
        if read is not None and read[0].id == user.id:
            _user, *texts = read
        else:
            texts = self.session.execute(_ONLY_STANDING, {"user_id": user.id}).one()
        standing = standing_of(*texts)
        return Actor(user.id, full_name(user), standing.grants, standing=standing)

    def _has_view_access(self, user: Any, permission_name: str, view_name: str) -> bool:
        actor: Actor | None = g.get("actor")
        if actor is None or actor.user_id != user.id:
            g.actor = actor = self.actor_of(user)
        return actor.almighty or (permission_name, view_name) in actor.grants

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Nothing is public: stock asks the database for the Public role at every anonymous request."""
        return False

    @staticmethod
    def extract_api_key_from_request() -> str | None:
        """Where Flask-AppBuilder's `protect` looks for a key before it asks for a token."""
        return sent_key()

    def validate_api_key(self, api_key_string: str) -> User:
        """The account of a key; what is wrong with it ends the request with a reason."""
        return let_in(api_key_string)

    def register_views(self) -> None:
        """Only the sign-in page and the token service; stock's user, role and permission screens are replaced."""
        self.appbuilder.add_api(self.security_api)
        self.auth_view = self._auth_views[self.auth_type]()
        self.appbuilder.add_view_no_menu(self.auth_view)
        if self.is_auth_limited:
            for blueprint in (self.auth_view.blueprint, current_app.blueprints["SecurityApi"]):
                self.limiter.limit(self.auth_rate_limit, key_func=_account_and_address, methods=["POST"])(blueprint)

    def load_user(self, pk: int) -> User | None:
        """A user together with all rights, in one query, without the groups and roles that stock loads along. Whoever comes with a
        cookie or a token is read by app/security/sign_ins.py, together with his sign-in."""
        read = self.session.execute(_USER_WITH_STANDING, {"user_id": int(pk)}).first()
        if read is None or not read[0].is_active:
            return None
        if has_request_context():
            g.user_with_standing = tuple(read)
        return read[0]

    def auth_user_db(self, username: str, password: str) -> User | None:
        """Passwords of the portal, where they are the way to sign in: elsewhere an old one must not open what a directory has closed. The
        account of an outside system comes by its key alone, whatever password somebody gave it."""
        return self._person(super().auth_user_db(username, password)) if self.auth_type == AUTH_DB else None

    def auth_user_ldap(self, username: str, password: str) -> User | None:
        """The same for a directory."""
        return self._person(super().auth_user_ldap(username, password)) if self.auth_type == AUTH_LDAP else None

    def auth_user_oauth(self, userinfo: dict[str, Any]) -> User | None:
        """The same for OAuth."""
        return self._person(super().auth_user_oauth(userinfo))

    def auth_user_saml(self, userinfo: dict[str, Any]) -> User | None:
        """The same for SAML."""
        return self._person(super().auth_user_saml(userinfo))

    def auth_user_remote_user(self, username: str) -> User | None:
        """The same for whom the web server names."""
        return self._person(super().auth_user_remote_user(username))

    def get_oauth_user_info(self, provider: str, resp: dict[str, Any]) -> dict[str, Any]:
        """Who signed in: as Flask-AppBuilder knows some providers, and by the claims of OpenID Connect of any other."""
        claims = resp.get("userinfo")
        if not claims:
            return super().get_oauth_user_info(provider, resp)
        return {
            "username": claims.get("preferred_username") or claims.get("email") or f"{provider}_{claims['sub']}",
            "first_name": claims.get("given_name", ""),
            "last_name": claims.get("family_name", "") or ("" if claims.get("given_name") else claims.get("name", "")),
            "email": claims.get("email", ""),
            "role_keys": claims.get("groups") or claims.get("roles") or [],
        }

    def _person(self, user: User | None) -> User | None:
        if user is None:
            return None
        system = self.session.scalar(sa.select(Account.is_system).where(Account.user_id == user.id))
        return None if system else user

    def role_named(self, name: str) -> Role | None:
        return self.session.scalar(sa.select(Role).where(Role.name == name))
