"""The headers of everything that the door of the pages answers. A new route need not be named here."""

from typing import Any

import httpx

from app.web.pages.routes import routes
from tests.factories import Factory
from tests.pages.browsing import App, Visitor

# Of every page, and of every redirect from one page to another.
EVERYWHERE = {
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def _check(reply: httpx.Response) -> None:
    headers, kind = reply.headers, reply.headers.get("content-type", "")
    if not (reply.is_redirect or kind.startswith("text/html")):
        assert headers["x-content-type-options"] == "nosniff"
        assert not kind.startswith(("application/xhtml", "text/xml", "application/xml"))
        return
    assert {name: headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert "camera=()" in headers["permissions-policy"]
    opener = headers.get("cross-origin-opener-policy")
    if reply.is_redirect:
        assert opener is None, "an app may have opened a window for it"
    else:
        policy = dict(part.partition(" ")[::2] for part in headers["content-security-policy"].split("; "))
        wanted = {"default-src": "'none'", "frame-ancestors": "'none'", "base-uri": "'none'", "style-src": "'self'"}
        assert {name: policy.get(name) for name in wanted} == wanted
        assert policy.get("script-src", "'self'") == "'self'"
        # Nothing on the way to an app, as is said in responses.py; an error page may stand in the middle of it.
        assert policy.get("form-action", "") in ("'self'", "")
        assert opener == ("same-origin" if "form-action" in policy and reply.is_success else None)


def test_of_every_route(visitor: Visitor, app: App, make: Factory, ours: Any) -> None:
    """Before anybody has signed in, and after; asked well, badly, and with an empty form."""
    user = make.user(app.pool_id)
    ours.update_pool_settings(UserPoolId=app.pool_id, AccountPage="ENABLED", RecoveryCodes="ENABLED")
    seen: dict[str, set[int]] = {}
    for is_signed_in in (False, True):
        if is_signed_in:
            assert visitor.open(app.url()).submit({"username": user.username, "password": user.password}).code()
        for route in routes():
            base = f"/{app.pool_id}" if route.of_pool else ""
            well = app.url(route.path, then="x") if route.path == "/passkeys/add" else app.url(route.path)
            replies = [visitor.http.request("GET", url) for url in (well if base else route.path, base + route.path)]
            if "POST" in route.methods:
                replies.append(visitor.http.post(base + route.path, data={"submit": "x"}))
            for reply in replies:
                _check(reply)
                seen.setdefault(route.path, set()).add(reply.status_code)
    assert {path for path, found in seen.items() if 200 not in found and "account" in path} <= {
        "/account/passkey",
        "/account/authenticator",
        "/account/add-authenticator",
        "/account/add-passkey",
        "/account/phone",
    }
    assert {500, 503}.isdisjoint(set[int]().union(*seen.values()))
