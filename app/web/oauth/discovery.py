"""What clients learn without asking anybody: discovery documents and keys.

OpenID Connect Discovery 1.0, RFC 8414, RFC 9728, RFC 7517, and what browsers ask about passkeys. Each is bytes in the pool's
snapshot, with an ETag.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.core.keys import PUBLISHED_SECONDS
from app.flows.assurance import acr_values
from app.flows.locations import browser_base, pool_base
from app.flows.snapshots import PoolSnapshot
from app.flows.token_claims import API_SCOPE, OIDC_SCOPES
from app.kit.settings import Settings
from app.kit.translations import available_locales
from app.web.house import house_of
from app.web.oauth.client_auth import ANY, SECRETS
from app.web.oauth.cross_origin import preflight
from app.web.oauth.errors import CORS

_CLAIMS: Final = (
    *("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "jti"),
    *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture"),
    *("website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "email", "email_verified"),
    *("phone_number", "phone_number_verified", "address"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document with its validator."""

    body: bytes
    etag: str


Content = Callable[[Settings, PoolSnapshot], dict[str, Any]]


def server_metadata(settings: Settings, snapshot: PoolSnapshot) -> dict[str, Any]:
    """The authorization server's metadata: only what works."""
    base, browser = pool_base(settings, snapshot), browser_base(settings, snapshot)
    return {
        "issuer": snapshot.pool.issuer,
        "authorization_endpoint": f"{browser}/oauth2/authorize",
        "token_endpoint": f"{browser}/oauth2/token",
        "userinfo_endpoint": f"{browser}/oauth2/userInfo",
        "revocation_endpoint": f"{browser}/oauth2/revoke",
        "introspection_endpoint": f"{browser}/oauth2/introspect",
        "end_session_endpoint": f"{browser}/logout",
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "scopes_supported": [*OIDC_SCOPES, API_SCOPE],
        "claims_supported": _CLAIMS,
        "acr_values_supported": list(acr_values(snapshot.pool.configuration).values()),
        "ui_locales_supported": available_locales(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        # Not `consent`, which asks only the users of clients that want it (Consent, or Profile `oidc`): this speaks for all.
        "prompt_values_supported": ["none", "login", "select_account"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": _algorithms(snapshot),
        "token_endpoint_auth_methods_supported": ANY,
        "revocation_endpoint_auth_methods_supported": ANY,
        "introspection_endpoint_auth_methods_supported": SECRETS,
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def protected_resource(settings: Settings, snapshot: PoolSnapshot) -> dict[str, Any]:
    """The metadata of what an access token of the pool opens here: userInfo."""
    del settings
    return {
        "resource": snapshot.pool.issuer,
        "authorization_servers": [snapshot.pool.issuer],
        "scopes_supported": [*OIDC_SCOPES, API_SCOPE],
        "bearer_methods_supported": ["header", "body"],
        "resource_name": snapshot.pool.name,
    }


def passkey_origins(settings: Settings, snapshot: PoolSnapshot) -> dict[str, Any]:
    """Which origins may use this host as the id of passkeys (Web Authentication Level 3, section 5.11.1): the pool's own.

    Where a pool has moved to another domain, its old one says so to browsers, and passkeys made there still work.
    """
    parts = urlsplit(browser_base(settings, snapshot))
    return {"origins": [f"{parts.scheme}://{parts.netloc}"]}


def key_set(settings: Settings, snapshot: PoolSnapshot) -> dict[str, Any]:
    """The public keys: those in use, the next ones, and those whose tokens may still be alive."""
    del settings
    return {"keys": [key.public_jwk for key in snapshot.signing_keys]}


def _algorithms(snapshot: PoolSnapshot) -> list[str]:
    """Those that sign or soon will: whoever keeps this document for its max-age must know them by then."""
    signing = {key.algorithm for key in snapshot.signing_keys if key.use == "id" and key.state != "retiring"}
    return sorted(signing, key=("RS256", "ES256").index)


class Published:
    """The endpoint of one document."""

    def __init__(self, name: str, content: Content) -> None:
        self._name = name
        self._content = content

    async def __call__(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("GET")
        house = house_of(request)
        pool_id = request.scope["pool_id"]
        snapshots = house.resources.snapshots
        snapshot = snapshots.peek_pool(pool_id)
        if snapshot is None:
            snapshot = await house.bridge.call(snapshots.pool, pool_id)
        document = snapshot.derive(f"document {self._name}", lambda pool: self._make(house.settings, pool))
        headers = {**CORS, "ETag": document.etag, "Cache-Control": f"public, max-age={PUBLISHED_SECONDS}"}
        if document.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(document.body, headers=headers, media_type="application/json")

    def _make(self, settings: Settings, snapshot: PoolSnapshot) -> Document:
        body = orjson.dumps(self._content(settings, snapshot))
        return Document(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
