"""Tokens that were never issued, or not for this: refused wherever a token is taken, and nothing is stored."""

import json
from typing import Any

import httpx
import pytest

from tests.hostile.conftest import Sender, error_of
from tests.hostile.forging import Forger
from tests.hostile.operations import BY_TOKEN
from tests.hostile.realms import Maker, Realm, authorize_parameters
from tests.hostile.watching import Watch

# Well signed for a user whom the pool does not have: told as a user who was deleted.
_OF_NOBODY = frozenset({"another pool's user", "nobody"})
# Signed by the key of ID tokens, which signs nothing else: for a hint they are what they say.
_GOOD_HINTS = frozenset({"ID token", "access claims signed with the key of ID tokens"})


@pytest.fixture
def forger(makers: Maker, ours: Realm, theirs: Realm) -> Forger:
    return Forger(makers, ours, theirs)


@pytest.mark.parametrize("name", sorted(BY_TOKEN))
def test_no_operation_takes_a_forged_access_token(
    name: str, forger: Forger, send: Sender, makers: Maker, ours: Realm, watch: Watch
) -> None:
    members = BY_TOKEN[name](makers, ours)
    with watch.nothing_stored(ours.pool_id):
        for kind, token in forger.forgeries():
            code = error_of(send(name, {**members, "AccessToken": token}, key=None))
            # The model's pattern of tokens refuses some before anybody looks at them.
            refusals = {"NotAuthorizedException", "InvalidParameterException"}
            assert code in ({"UserNotFoundException"} if kind in _OF_NOBODY else refusals), kind
        assert error_of(send(name, {**members, "AccessToken": forger.service}, key=None)) == "NotAuthorizedException"


def test_userinfo_introspection_and_revocation(
    forger: Forger, http: httpx.Client, ours: Realm, theirs: Realm, watch: Watch
) -> None:
    userinfo, form = f"/{ours.pool_id}/oauth2/userInfo", {"Content-Type": "application/x-www-form-urlencoded"}
    with watch.nothing_stored(ours.pool_id, theirs.pool_id):
        for kind, token in forger.forgeries():
            if len(token) > 60_000:
                continue
            for reply in (
                http.get(userinfo, headers={"Authorization": f"Bearer {token}"}),
                http.post(userinfo, data={"access_token": token}),
            ):
                assert (kind, reply.status_code, reply.json()["error"]) == (kind, 401, "invalid_token")
                assert reply.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
            told = http.post(
                f"/{ours.pool_id}/oauth2/introspect", data={"token": token}, headers={**form, **ours.web.basic}
            )
            assert (kind, told.status_code, told.json()) == (kind, 200, {"active": False})
            revoked = http.post(
                f"/{ours.pool_id}/oauth2/revoke", data={"token": token}, headers={**form, **ours.web.basic}
            )
            assert (kind, revoked.status_code) in {(kind, 200), (kind, 400)}


def test_hints(forger: Forger, http: httpx.Client, makers: Maker, ours: Realm, watch: Watch) -> None:
    """A forged id_token_hint is refused: it proves no session for prompt=none and no client for sign-out."""
    makers.browser_session(ours, http)
    with watch.nothing_stored(ours.pool_id):
        for kind, token in forger.forgeries():
            if len(token) > 7_000 or kind in _GOOD_HINTS:
                continue
            parameters = authorize_parameters(ours, prompt="none", id_token_hint=token)
            reply = http.get(f"/{ours.pool_id}/oauth2/authorize", params=parameters)
            assert (kind, reply.status_code) == (kind, 302)
            assert "error=invalid_request" in reply.headers["location"]
            assert "code=" not in reply.headers["location"]
            target = {"id_token_hint": token, "post_logout_redirect_uri": "https://app.example/bye"}
            out = http.get(f"/{ours.pool_id}/logout", params=target)
            assert (kind, out.status_code) == (kind, 302)
            assert out.headers["location"].startswith(f"/{ours.pool_id}/error")
            assert not out.headers.get("set-cookie")


def test_the_good_ones_are_taken(forger: Forger, http: httpx.Client, ours: Realm, send: Sender) -> None:
    """What the tests above start from is good, so they refuse for the reason that they name."""
    shown: dict[str, Any] = json.loads(send("GetUser", {"AccessToken": forger.good}, key=None).body)
    assert shown["Username"] == ours.user.username
    told = http.post(f"/{ours.pool_id}/oauth2/introspect", data={"token": forger.good}, headers=ours.web.basic)
    assert told.json()["active"] is True
