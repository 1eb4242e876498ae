"""A sign-in to try: an app's part of the authorization code grant with PKCE, played by this server against itself.

The token endpoint is called as a client would call it, through the application's own ASGI interface.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from app.core.clients import Client
from app.flows.locations import browser_base, pool_base
from app.flows.snapshots import ClientSnapshot
from app.kit.secrets import random_token
from app.web.dev.contexts import CallbackPage, DevForm, DevToken
from app.web.dev.facts import DevFacts
from app.web.dev.loopback import post_form
from app.web.forms import read_form
from app.web.house import House, house_of

CALLBACK = "/_dev/callback"
_COOKIE = "poolhouse-dev-"
_COOKIE_SECONDS = 3_600
_SHOWN = 4_096


async def start(request: Request, facts: DevFacts) -> Response:
    """Leads to the sign-in page of `?client_id=` (default: the demo's public client), having noted a PKCE verifier."""
    house = house_of(request)
    base = house.settings.base_url
    if request.headers.get("host", "") != urlsplit(base).netloc:
        return RedirectResponse(f"{base}{request.url.path}?{request.url.query}", 302)
    client_id = request.query_params.get("client_id") or facts.demo.get("client_id", "")
    if not client_id:
        return PlainTextResponse("There is no demo client; name one with ?client_id=.\n", 404)
    snapshot = await house.bridge.call(house.resources.snapshots.client, client_id)
    redirect_uri = next((url for url in snapshot.client.callback_urls if url.endswith(CALLBACK)), None)
    if redirect_uri is None:
        return PlainTextResponse(f"{base}{CALLBACK} is no callback URL of this client.\n", 400)
    state, verifier = random_token(12), random_token(48)
    response = RedirectResponse(_authorize_url(house, snapshot, redirect_uri, state, verifier), 302)
    response.set_cookie(
        _COOKIE + state,
        base64.urlsafe_b64encode(json.dumps([client_id, redirect_uri, verifier]).encode()).decode(),
        max_age=_COOKIE_SECONDS,
        path=CALLBACK,
        httponly=True,
        samesite="lax",
    )
    return response


def _authorize_url(house: House, snapshot: ClientSnapshot, redirect_uri: str, state: str, verifier: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    parameters = {
        "response_type": "code",
        "client_id": snapshot.client.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(snapshot.client.oauth_scopes),
        "state": state,
        "nonce": random_token(12),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{browser_base(house.settings, snapshot.pool_snapshot)}/oauth2/authorize?{urlencode(parameters)}"


async def finish(request: Request) -> CallbackPage:
    """What the redirect brought; after a click, the tokens that it was exchanged for."""
    house = house_of(request)
    if request.method == "GET":
        return _arrival(request, house)
    sent = await read_form(request)
    noted = _noted(request, sent.get("state", ""))
    if noted is None and "refresh_token" not in sent:
        return _page(house, {}, error="invalid_request", error_description="This browser did not begin the sign-in.")
    client_id, redirect_uri, verifier = noted or (sent.get("client_id", ""), "", "")
    snapshot = await house.bridge.call(house.resources.snapshots.client, client_id)
    if "refresh_token" in sent:
        grant = {"grant_type": "refresh_token", "refresh_token": sent["refresh_token"]}
    else:
        grant = {
            "grant_type": "authorization_code",
            "code": sent.get("code", ""),
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
    return await _redeem(request, house, snapshot, grant)


def _arrival(request: Request, house: House) -> CallbackPage:
    parameters = {name[:64]: value[:_SHOWN] for name, value in request.query_params.items()}
    code, state = parameters.get("code"), parameters.get("state", "")
    can_exchange = code is not None and _noted(request, state) is not None
    return _page(
        house,
        parameters,
        error=parameters.get("error", ""),
        error_description=parameters.get("error_description", ""),
        exchange=DevForm(action=CALLBACK, hidden={"code": code or "", "state": state}) if can_exchange else None,
    )


def _noted(request: Request, state: str) -> tuple[str, str, str] | None:
    """Client, redirect URI and verifier that `start` noted in this browser for a state."""
    try:
        client_id, redirect_uri, verifier = json.loads(base64.urlsafe_b64decode(request.cookies[_COOKIE + state]))
    except (KeyError, ValueError):
        return None
    return str(client_id), str(redirect_uri), str(verifier)


async def _redeem(request: Request, house: House, snapshot: ClientSnapshot, grant: Mapping[str, str]) -> CallbackPage:
    client = snapshot.client
    url = f"{pool_base(house.settings, snapshot.pool_snapshot)}/oauth2/token"
    headers = _authentication(client)
    form = dict(grant) if headers else {**grant, "client_id": client.client_id}
    answer = await post_form(request.scope["app"], url, form, headers)
    if "access_token" not in answer:
        error = str(answer.get("error", "server_error"))
        return _page(house, {}, error=error, error_description=str(answer.get("error_description", "")))
    kept = answer.get("refresh_token") or grant.get("refresh_token", "")
    hidden = {"refresh_token": kept, "client_id": client.client_id}
    return _page(
        house,
        {},
        tokens=_tokens(answer),
        expires_in=answer.get("expires_in"),
        scope=str(answer.get("scope", "")),
        refresh_token=kept,
        refresh=DevForm(action=CALLBACK, hidden=hidden) if kept else None,
        login_url=f"/_dev/try?client_id={client.client_id}",
        logout_url=_logout_url(house, snapshot),
    )


def _page(house: House, parameters: Mapping[str, str], **members: Any) -> CallbackPage:
    members.setdefault("login_url", "/_dev/try")
    return CallbackPage(endpoint=house.settings.base_url, parameters=parameters, **members)


def _authentication(client: Client) -> dict[str, str]:
    if not client.secrets:
        return {}
    pair = f"{client.client_id}:{client.secrets[0].secret}"
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _tokens(answer: Mapping[str, Any]) -> list[DevToken]:
    found = [_token("ID token", answer["id_token"])] if answer.get("id_token") else []
    return [*found, _token("Access token", answer["access_token"])]


def _token(name: Any, token: str) -> DevToken:
    header, claims, signature = token.split(".")
    return DevToken(name=name, parts=(header, claims, signature), header=_decoded(header), claims=_decoded(claims))


def _decoded(part: str) -> dict[str, object]:
    decoded: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded


def _logout_url(house: House, snapshot: ClientSnapshot) -> str:
    if not snapshot.client.logout_urls:
        return ""
    query = urlencode({"client_id": snapshot.client.client_id, "logout_uri": snapshot.client.logout_urls[0]})
    return f"{browser_base(house.settings, snapshot.pool_snapshot)}/logout?{query}"
