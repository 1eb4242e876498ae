"""The routes of the OAuth door."""

from typing import Final

from app.web.edge import Door, Endpoint, ErrorRenderer, Route
from app.web.oauth.authorize import authorization
from app.web.oauth.discovery import Published, key_set, passkey_origins, protected_resource, server_metadata
from app.web.oauth.errors import API, browser_door
from app.web.oauth.introspect import introspection
from app.web.oauth.logout import logout
from app.web.oauth.revoke import revocation
from app.web.oauth.token import token
from app.web.oauth.userinfo import userinfo

_METADATA: Final = Published("server metadata", server_metadata)
_PUBLISHED: Final = {
    "/.well-known/openid-configuration": _METADATA,
    "/.well-known/oauth-authorization-server": _METADATA,
    "/.well-known/oauth-protected-resource": Published("protected resource", protected_resource),
    "/.well-known/webauthn": Published("passkey origins", passkey_origins),
    "/.well-known/jwks.json": Published("key set", key_set),
}


def routes(show_error: ErrorRenderer) -> list[Route]:
    """Every path of the door. `show_error` gives the page that browsers see instead of JSON."""
    browser = browser_door(show_error)
    return [
        *(Route(path, ("GET", "OPTIONS"), endpoint, API, of_pool=True) for path, endpoint in _PUBLISHED.items()),
        _api("/oauth2/token", token, "POST", "OPTIONS"),
        _api("/oauth2/revoke", revocation, "POST", "OPTIONS"),
        _api("/oauth2/introspect", introspection, "POST"),
        _api("/oauth2/userInfo", userinfo, "GET", "POST", "OPTIONS"),
        _browser(browser, "/oauth2/authorize", authorization),
        _browser(browser, "/authorize", authorization),
        _browser(browser, "/logout", logout),
    ]


def _api(path: str, endpoint: Endpoint, *methods: str) -> Route:
    return Route(path, methods, endpoint, API, of_pool=True)


def _browser(door: Door, path: str, endpoint: Endpoint) -> Route:
    return Route(path, ("GET", "POST"), endpoint, door, of_pool=True)
