"""Devices in a sign-in below the doors: races with forgetting, answers without Session at once, what triggers are told."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.devices import no_such_device
from app.db.tables.devices import DeviceSession
from app.db.tables.tokens import TokenFamily
from app.flows import sign_in
from app.flows.challenges.device import recall_session
from app.flows.continue_sign_in import Challenge, SignedIn
from app.flows.device_challenge import device_option
from app.flows.issue_tokens import issue_for_sign_in
from app.flows.remember_devices import forget_device
from app.flows.work import Resources, Work
from app.kit.errors import ResourceNotFoundException
from tests.aws.cognito_idp.devices import ALWAYS, OPT_IN, Phone, Scene
from tests.factories import PASSWORD, Factory


def _start(scene: Scene, work: Work, **parameters: str) -> Challenge | SignedIn:
    client = work.snapshots.client(scene.client_id)
    given = {"USERNAME": scene.user.username, "PASSWORD": PASSWORD, **parameters}
    return sign_in.start(work, client, "USER_PASSWORD_AUTH", given)


def _issue(scene: Scene, work: Work, done: SignedIn) -> None:
    client = work.snapshots.client(scene.client_id)
    issue_for_sign_in(work, client, done.user, done.authentication, settle=done.settle)


def test_a_sign_in_does_not_outlive_its_device(make: Factory, operator: Any, public: Any) -> None:
    """Forgotten between proof and tokens: no family may be left that nothing ends."""
    scene = Scene(make, operator, public, rules=OPT_IN)
    phone = scene.confirmed()
    work = make.work()
    done = _start(scene, work, DEVICE_KEY=phone.key)
    assert isinstance(done, SignedIn)
    pool = work.snapshots.pool(scene.pool_id).pool
    forget_device(make.work(), pool, done.user, phone.key)
    with pytest.raises(ResourceNotFoundException, match=no_such_device().message):
        _issue(scene, work, done)
    with work.read() as db:
        families = db.execute(select(TokenFamily.authentication).where(TokenFamily.pool_id == scene.pool_id)).scalars()
        assert phone.key not in [authentication["device_key"] for authentication in families]


@pytest.mark.slow
def test_forgetting_and_signing_in_at_once(make: Factory, operator: Any, public: Any) -> None:
    """Run it on PostgreSQL too: whichever is first, no refresh token of the device serves afterwards."""
    scene = Scene(make, operator, public, rules=OPT_IN)
    pool = make.work().snapshots.pool(scene.pool_id).pool
    for _ in range(12):
        # Attempts that come to nothing stay counted, so each turn has a user of its own.
        scene.user = make.user(scene.pool_id)
        phone = scene.confirmed()
        works = [make.work() for _ in range(4)]
        signed_in = [_start(scene, work, DEVICE_KEY=phone.key) for work in works]

        def settle(
            number: int, works: list[Work] = works, all_done: list[Any] = signed_in, phone: Phone = phone
        ) -> None:
            try:
                if number == len(works):
                    forget_device(make.work(), pool, all_done[0].user, phone.key)
                else:
                    _issue(scene, works[number], all_done[number])
            except ResourceNotFoundException:
                pass

        with ThreadPoolExecutor(5) as threads:
            list(threads.map(settle, range(5)))
        with works[0].read() as db:
            families = db.execute(select(TokenFamily).where(TokenFamily.pool_id == scene.pool_id)).all()
        assert phone.key not in [family.authentication["device_key"] for family in families]


@pytest.mark.slow
def test_answers_without_session_at_once_get_one_sign_in_each(make: Factory, operator: Any, public: Any) -> None:
    scene = Scene(make, operator, public)
    phone = scene.confirmed()
    for _ in range(8):
        scene.asked(phone)
    responses = {"USERNAME": scene.user.username, "DEVICE_KEY": phone.key}

    def recall(_: int) -> str | None:
        work = make.work()
        return recall_session(work, work.snapshots.client(scene.client_id), responses)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(recall, range(12)))
    assert len({text for text in found if text}) == 8
    assert found.count(None) == 4


def test_a_stored_session_is_the_one_that_was_sent(make: Factory, operator: Any, public: Any) -> None:
    scene = Scene(make, operator, public)
    asked = scene.asked(scene.confirmed())
    work = make.work()
    with work.read() as db:
        stored = db.execute(select(DeviceSession).where(DeviceSession.pool_id == scene.pool_id)).one()
    assert stored.session == asked["Session"]
    assert stored.sub == scene.user.sub


def test_a_family_without_a_device_key_is_read_as_it_was(make: Factory, operator: Any, public: Any) -> None:
    """Families of an earlier release know no devices."""
    scene = Scene(make, operator, public)
    tokens = scene.new_phone().tokens
    work = make.work()
    with work.write() as db:
        row = db.execute(select(TokenFamily).where(TokenFamily.pool_id == scene.pool_id)).one()
        older = {name: value for name, value in row.authentication.items() if name != "device_key"}
        db.execute(update(TokenFamily).where(TokenFamily.family_id == row.family_id).values(authentication=older))
    assert "AccessToken" in scene.refresh(tokens)


@pytest.mark.parametrize(
    ("key", "fits"),
    [
        ("us-east-1_" + "0" * 8 + "-0000-4000-8000-" + "0" * 12, True),
        ("us_1", True),
        ("x" * 53 + "_1", True),
        ("x" * 54 + "_1", False),
        ("us-east-1_ABC", False),
        ("us_1\n", False),
        ("_", False),
        ("é_1", False),
    ],
)
def test_what_may_be_a_device_key(make: Factory, resources: Resources, key: str, fits: bool) -> None:
    pool = resources.snapshots.pool(make.pool(DeviceConfiguration=ALWAYS)).pool
    if fits:
        assert device_option(pool, {"DEVICE_KEY": key}) == {"DEVICE_KEY": key}
        return
    with pytest.raises(ResourceNotFoundException, match="Device does not exist"):
        device_option(pool, {"DEVICE_KEY": key})


def test_what_a_pool_does_not_track_is_no_option(make: Factory, resources: Resources) -> None:
    pool = resources.snapshots.pool(make.pool()).pool
    assert device_option(pool, {"DEVICE_KEY": "us_1"}) == {}
    tracking = resources.snapshots.pool(make.pool(DeviceConfiguration=ALWAYS)).pool
    assert device_option(tracking, {}) == device_option(tracking, {"DEVICE_KEY": ""}) == {}
