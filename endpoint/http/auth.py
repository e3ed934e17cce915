"""Who sends a request: its role by a token, and whether the role may do what is asked."""

from __future__ import annotations

import base64
import binascii
import hmac

from fastapi import Request
from starlette.exceptions import HTTPException

from endpoint.http.settings import ANONYMOUS, HTTPSettings, Role, Scope, token_hash

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="earthgraph"'}


def require(request: Request, settings: HTTPSettings, scope: Scope) -> Role:
    """Give the role of a request that needs a scope.

    Raises
    ------
    HTTPException
        401 where a token is missing or unknown, 403 where the role lacks the scope.
    """
    token = _token(request.headers.get("authorization"))
    role = _role(settings, token)
    if role is None:
        raise HTTPException(
            401, "The token is not known" if token else "A token is needed", _CHALLENGE
        )
    if scope in role.scopes:
        return role
    if not settings.offers(scope):
        raise HTTPException(403, f"This endpoint is read-only: nobody has the scope {scope!r}")
    if token is None:
        raise HTTPException(401, f"A token with the scope {scope!r} is needed", _CHALLENGE)
    raise HTTPException(403, f"The role {role.name!r} does not have the scope {scope!r}")


def _token(header: str | None) -> str | None:
    """Read ``Bearer token``; ``Basic user:token`` too, for clients that know no other way."""
    if header is None:
        return None
    kind, _, value = header.partition(" ")
    if kind.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            value = ""
    elif kind.lower() != "bearer":
        value = ""
    return value.strip()


def _role(settings: HTTPSettings, token: str | None) -> Role | None:
    """Find the role; every known hash is compared, each in constant time."""
    if token is None:
        return next((role for role in settings.roles if role.name == ANONYMOUS), None)
    given, found = token_hash(token), None
    for role in settings.roles:
        for known in role.tokens:
            if hmac.compare_digest(known, given):
                found = role
    return found
