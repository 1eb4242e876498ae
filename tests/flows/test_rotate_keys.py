"""The life of signing keys: published before they sign, active, retiring until the last token they signed is dead."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.core.keys import NEXT_MS, PUBLISHED_SECONDS, RETIRING_MS, SigningKey, list_signing_keys
from app.flows.rotate_keys import advance_rotations, begin_rotation
from app.flows.work import Resources
from app.jobs.rotate_keys import rotate_keys
from app.kit.clock import DAY, SECOND
from app.kit.errors import ResourceNotFoundException
from tests.conftest import Clock
from tests.factories import Factory


def _keys(resources: Resources, pool_id: str, state: str) -> dict[tuple[str, str], SigningKey]:
    found = resources.snapshots.pool(pool_id).signing_keys
    return {(key.algorithm, key.use): key for key in found if key.state == state}


def _published(http: httpx.Client, pool_id: str) -> set[str]:
    return {key["kid"] for key in http.get(f"/{pool_id}/.well-known/jwks.json").json()["keys"]}


def _kid(token: str) -> str:
    header = token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])


def test_times_leave_room_for_everybody() -> None:
    assert NEXT_MS >= PUBLISHED_SECONDS * SECOND
    assert RETIRING_MS > DAY, "a token may live for 24 hours"


def test_a_rotation_from_beginning_to_end(
    make: Factory, resources: Resources, clock: Clock, http: httpx.Client, public: Any
) -> None:
    pool_id = make.pool()
    user, client_id = make.user(pool_id), make.client(pool_id)["ClientId"]
    old = _keys(resources, pool_id, "active")
    before = make.tokens(client_id, user)

    begin_rotation(make.work(), pool_id)
    new = _keys(resources, pool_id, "next")
    assert new.keys() == old.keys() == {("RS256", "id"), ("RS256", "access")}
    assert _published(http, pool_id) == {key.kid for key in (*old.values(), *new.values())}
    header = http.get(f"/{pool_id}/.well-known/jwks.json").headers["cache-control"]
    assert header == f"public, max-age={PUBLISHED_SECONDS}"
    clock.advance(ms=NEXT_MS - SECOND)
    rotate_keys(make.work())
    assert _kid(make.tokens(client_id, user)["IdToken"]) == old["RS256", "id"].kid

    clock.advance(ms=SECOND)
    before = make.tokens(client_id, user)
    assert rotate_keys(make.work()) >= 2
    after = make.tokens(client_id, user)
    assert _kid(after["IdToken"]) == new["RS256", "id"].kid
    assert _kid(after["AccessToken"]) == new["RS256", "access"].kid
    assert _kid(before["AccessToken"]) == old["RS256", "access"].kid
    for tokens in (before, after):
        assert public.get_user(AccessToken=tokens["AccessToken"])["Username"] == user.username
    assert http.get(f"/{pool_id}/.well-known/openid-configuration").json()["id_token_signing_alg_values_supported"] == [
        "RS256"
    ]

    clock.advance(ms=RETIRING_MS - SECOND)
    rotate_keys(make.work())
    assert _keys(resources, pool_id, "retiring").keys() == old.keys()
    clock.advance(ms=SECOND)
    assert rotate_keys(make.work()) >= 2
    assert _published(http, pool_id) == {key.kid for key in new.values()}
    assert rotate_keys(make.work()) == 0


def test_the_first_es256_keys_are_published_before_they_sign(
    make: Factory, resources: Resources, clock: Clock, http: httpx.Client, ours: Any
) -> None:
    """Whoever has fetched the key set a moment before must be able to verify every token for as long as they may keep it."""
    pool_id = make.pool()
    user, client_id, other_id = make.user(pool_id), make.client(pool_id)["ClientId"], make.client(pool_id)["ClientId"]
    cached, names = _published(http, pool_id), {"UserPoolId": pool_id, "ClientId": client_id}
    changed = ours.update_client_settings(**names, SigningAlgorithm="ES256")
    assert changed["SigningAlgorithm"] == "ES256"
    assert changed["SigningAlgorithmDate"].timestamp() * 1_000 == clock.now + NEXT_MS
    new = _keys(resources, pool_id, "next")
    assert new.keys() == {("ES256", "id"), ("ES256", "access")}
    assert _published(http, pool_id) == cached | {key.kid for key in new.values()}

    for seconds in (0, PUBLISHED_SECONDS, NEXT_MS // SECOND - PUBLISHED_SECONDS - 1):
        clock.advance(seconds=seconds)
        rotate_keys(make.work())
        tokens = make.tokens(client_id, user)
        assert {_kid(tokens["IdToken"]), _kid(tokens["AccessToken"])} == cached
    assert ours.update_client_settings(**names)["SigningAlgorithmDate"] == changed["SigningAlgorithmDate"]

    clock.advance(seconds=1)
    rotate_keys(make.work())
    tokens = make.tokens(client_id, user)
    assert _kid(tokens["IdToken"]) == new["ES256", "id"].kid
    assert _kid(tokens["AccessToken"]) == new["ES256", "access"].kid
    assert "SigningAlgorithmDate" not in ours.get_client_settings(**names)
    second = ours.update_client_settings(UserPoolId=pool_id, ClientId=other_id, SigningAlgorithm="ES256")
    assert "SigningAlgorithmDate" not in second
    assert _kid(make.tokens(other_id, user)["IdToken"]) == new["ES256", "id"].kid
    assert _keys(resources, pool_id, "retiring") == {}


def test_every_algorithm_in_use_is_rotated(make: Factory, resources: Resources, clock: Clock, ours: Any) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    user = make.user(pool_id)
    ours.update_client_settings(UserPoolId=pool_id, ClientId=client_id, SigningAlgorithm="ES256")
    begin_rotation(make.work(), pool_id)
    assert len(_keys(resources, pool_id, "next")) == 4
    clock.advance(ms=NEXT_MS)
    advance_rotations(make.work())
    old = _kid(make.tokens(client_id, user)["IdToken"])
    begin_rotation(make.work(), pool_id)
    assert len(_keys(resources, pool_id, "next")) == 4
    clock.advance(ms=NEXT_MS)
    assert advance_rotations(make.work()) >= 4
    assert (
        _kid(make.tokens(client_id, user)["IdToken"]) == _keys(resources, pool_id, "active")["ES256", "id"].kid != old
    )


def test_one_rotation_at_a_time(make: Factory, resources: Resources, clock: Clock) -> None:
    pool_id = make.pool()
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: begin_rotation(make.work(), pool_id), range(6)))
    assert len(resources.snapshots.pool(pool_id).signing_keys) == 4
    clock.advance(ms=NEXT_MS)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: advance_rotations(make.work()), range(6)))
    assert len(_keys(resources, pool_id, "active")) == len(_keys(resources, pool_id, "retiring")) == 2
    begin_rotation(make.work(), pool_id)
    states = sorted(key.state for key in resources.snapshots.pool(pool_id).signing_keys)
    assert states == ["active", "active", "next", "next", "retiring", "retiring"]


def test_a_deleted_pool_is_left_alone(make: Factory, operator: Any, clock: Clock) -> None:
    pool_id = make.pool()
    begin_rotation(make.work(), pool_id)
    operator.delete_user_pool(UserPoolId=pool_id)
    clock.advance(ms=NEXT_MS)
    advance_rotations(make.work())
    with make.work().read() as db:
        assert sorted(key.state for key in list_signing_keys(db, pool_id)) == ["active", "active", "next", "next"]
    with pytest.raises(ResourceNotFoundException):
        begin_rotation(make.work(), pool_id)


def test_operators_rotate_and_look(ours: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    listed = ours.list_signing_keys(UserPoolId=pool_id)["SigningKeys"]
    assert [(key["Use"], key["Algorithm"], key["State"]) for key in listed] in (
        [("id", "RS256", "active"), ("access", "RS256", "active")],
        [("access", "RS256", "active"), ("id", "RS256", "active")],
    )
    answer = ours.rotate_signing_keys(UserPoolId=pool_id)["SigningKeys"]
    assert sorted(key["State"] for key in answer) == ["active", "active", "next", "next"]
    assert answer == ours.rotate_signing_keys(UserPoolId=pool_id)["SigningKeys"]
    assert {key["KeyId"] for key in answer} == {key.kid for key in resources.snapshots.pool(pool_id).signing_keys}
    assert "RetirementDate" not in answer[0]
    for call in (ours.list_signing_keys, ours.rotate_signing_keys):
        with pytest.raises(ours.exceptions.ResourceNotFoundException):
            call(UserPoolId="us-east-1_none")
