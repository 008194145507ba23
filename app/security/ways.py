"""By which way people sign in, and what follows from it for passwords and second factors."""

from __future__ import annotations

from flask import current_app
from flask_appbuilder.const import AUTH_DB, AUTH_LDAP


def takes_passwords() -> bool:
    """Whether a password is typed into our own page, be it one of the portal or of a directory. Elsewhere (OAuth, SAML, the web server)
    the other site asks, and also for a second factor."""
    return current_app.appbuilder.sm.auth_type in (AUTH_DB, AUTH_LDAP)


def keeps_passwords() -> bool:
    """Whether the passwords are the portal's own, so that they can be set and must be changed here."""
    return current_app.appbuilder.sm.auth_type == AUTH_DB
