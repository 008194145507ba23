"""Signing in elsewhere: at an OAuth (OpenID Connect) or SAML provider, or by the web server in front of the portal.

Flask-AppBuilder does the talking; here are its pages in the portal's look, and what it would answer in an endless circle."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, session, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.views import AuthOAuthView as StockAuthOAuthView
from flask_appbuilder.security.views import AuthRemoteUserView as StockAuthRemoteUserView
from flask_appbuilder.security.views import AuthSAMLView as StockAuthSAMLView
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.database import writes
from app.errors import answer

_FLASHED = (
    _l("Invalid login. Please try again."),
    _l("The request to sign in was denied."),
    _l("You denied the request to sign in."),
    _l("You are not authorized."),
    _l("Provider not supported."),
    _l("Invalid state signature"),
    _l("Could not determine identity provider."),
)
"""What Flask-AppBuilder says of a sign-in that fails, in English alone."""


def _translate_messages() -> None:
    if "_flashes" in session:
        session["_flashes"] = [(category, str(_(message))) for category, message in session["_flashes"]]


class _Elsewhere:
    """A sign-in page that offers providers."""

    login_template = "appbuilder/general/security/login_providers.html"

    def _offer(self, providers: Any) -> Any:
        if current_user.is_authenticated:
            return redirect(self._get_safe_next_url())
        _translate_messages()
        links = [
            (
                provider.get("label") or provider["name"],
                url_for(".login", **{self._argument: provider["name"]}, next=request.args.get("next")),
            )
            for provider in providers
        ]
        return self.render_template(self.login_template, title=self.title, links=links)


class AuthOAuthView(_Elsewhere, StockAuthOAuthView):
    """OAuth, in practice OpenID Connect."""

    _argument = "provider"

    @expose("/login/")
    @expose("/login/<provider>")
    def login(self, provider: str | None = None) -> Any:
        """Offer the providers, or go to one."""
        sm = self.appbuilder.sm
        return super().login(provider) if provider in sm.oauth_remotes else self._offer(sm.oauth_providers)

    @expose("/oauth-authorized/<provider>")
    @writes
    def oauth_authorized(self, provider: str) -> Any:
        """Where the provider sends somebody back to: a page that is looked at, and notes who signed in."""
        return super().oauth_authorized(provider)


class AuthSAMLView(_Elsewhere, StockAuthSAMLView):
    """SAML 2. The page is shown even for one provider: a refusal must be readable, and not begin the circle anew."""

    _argument = "idp"

    @expose("/login/")
    @expose("/login/<idp>")
    def login(self, idp: str | None = None) -> Any:
        """Offer the providers, or go to one."""
        sm = self.appbuilder.sm
        return super().login(idp) if idp and sm.get_saml_provider(idp) else self._offer(sm.saml_providers)

    @expose("/saml/acs/", methods=["POST"])
    def acs(self) -> Any:
        """The provider's answer. Stock fails over one that is no XML (lxml's error is a SyntaxError)."""
        try:
            return super().acs()
        except SyntaxError:
            flash(str(self.invalid_login_message), "warning")
            return redirect(self.appbuilder.get_url_for_login)


class AuthRemoteUserView(StockAuthRemoteUserView):
    """The web server says who asks. Stock sends whoever it does not know to the home page, which sends him back here, for ever."""

    @expose("/login/")
    @writes
    def login(self) -> Any:
        """Let in whom the web server names, or say that it names nobody whom the portal knows."""
        followed = super().login()
        if current_user.is_authenticated:
            return followed
        session.pop("_flashes", None)
        return answer(401, _("The web server named nobody whom the portal knows. Ask an administrator for an account."))
