"""Signing in of programs: Flask-AppBuilder's, which also asks for the second factor of an account that has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_appbuilder.api import expose, safe
from flask_appbuilder.security.api import SecurityApi as StockSecurityApi
from flask_appbuilder.security.schemas import login_post
from flask_babel import gettext as _
from flask_jwt_extended import create_access_token, create_refresh_token
from marshmallow import ValidationError

from app.errors import problem
from app.extension import portal
from app.security import second_factor


class SecurityApi(StockSecurityApi):
    """Its name is its endpoint."""

    @expose("/login", methods=("POST",))
    @safe
    def login(self) -> Any:
        """Tokens for an account
        ---
        post:
          description: >-
            Authenticate and get a JWT access and, if asked for, a refresh token. An account with a second factor also sends `otp`.
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [username, password, provider]
                  properties:
                    username:
                      type: string
                      example: clerk
                    password:
                      type: string
                      example: a long password
                    provider:
                      type: string
                      enum: [db, ldap]
                    refresh:
                      type: boolean
                      description: Whether a refresh token is wanted too
                    otp:
                      type: string
                      description: The code of the second factor, or a recovery code
                      example: "123456"
          responses:
            200:
              description: Signed in
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      access_token:
                        type: string
                      refresh_token:
                        type: string
            400:
              $ref: '#/components/responses/400'
            401:
              $ref: '#/components/responses/401'
            500:
              $ref: '#/components/responses/500'
        """
        body = request.get_json(silent=True)
        if not isinstance(body, Mapping):
            return self.response_400(message="Request payload is not JSON")
        try:
            asked = login_post.load({name: value for name, value in body.items() if name != "otp"})
        except ValidationError as error:
            return self.response_400(message=error.messages)
        manager = self.appbuilder.sm
        check = manager.auth_user_ldap if asked["provider"] == "ldap" else manager.auth_user_db
        user = check(asked["username"], asked["password"])
        if not user:
            return self.response_401()
        refused = _second_factor(user.id, body.get("otp"))
        if refused is not None:
            return refused
        identity = str(user.id)
        tokens = {"access_token": create_access_token(identity=identity, fresh=True)}
        if asked.get("refresh"):
            tokens["refresh_token"] = create_refresh_token(identity=identity)
        return self.response(200, **tokens)


def _second_factor(user_id: int, code: Any) -> Any:
    """The refusal of an account that has a second factor and did not send a right code."""
    session, title = portal().session, _("Please sign in")
    if not second_factor.is_on(session, user_id):
        return None
    if not isinstance(code, str) or not code:
        return problem(401, title, _("This account has a second factor: send its code as otp."), otp="needed")
    answer = second_factor.check(session, user_id, code)
    session.commit()
    return problem(401, title, answer.message, otp="wrong") if answer.message else None
