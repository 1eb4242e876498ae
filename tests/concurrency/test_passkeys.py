"""Passkeys under parallel requests: a registration and an assertion are good once, and no user has a twenty-first."""

import json
from dataclasses import replace
from typing import Any

import pytest

from app.flows.work import Resources
from tests.authenticator import Authenticator
from tests.aws.cognito_idp.passkeys import Scene
from tests.concurrency.burst import Burst, outcomes
from tests.factories import Factory

pytestmark = pytest.mark.slow
BUSY = {"TooManyRequestsException"}


@pytest.fixture
def burst(resources: Resources) -> Burst:
    return Burst(replace(resources, settings=resources.settings.model_copy(update={"threads": 64})))


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any, resources: Resources) -> Scene:
    return Scene(make, operator, public, resources)


def test_one_registration(burst: Burst, scene: Scene) -> None:
    members = {"AccessToken": scene.token(), "Credential": Authenticator().create(scene.begin())}
    found = outcomes(burst.aws("CompleteWebAuthnRegistration", lambda _: members, 200))
    assert found["200"] == 1
    assert set(found) <= {"200", "WebAuthnChallengeNotFoundException", *BUSY}
    assert (len(scene.passkeys()), scene.mfa()) == (1, {"Passkeys": 1})


def test_one_assertion(burst: Burst, scene: Scene) -> None:
    """In one session, and of an authenticator that does not count."""
    authenticator = scene.register(Authenticator(counts=False))
    challenge, options = scene.asked()
    members = _answer(scene, challenge, authenticator.get(options))
    found = outcomes(burst.aws("RespondToAuthChallenge", lambda _: members, 200))
    assert found["200"] == 1
    assert set(found) <= {"200", "NotAuthorizedException", *BUSY}


def test_a_counter_only_grows(burst: Burst, scene: Scene) -> None:
    """Many sessions at once, all with the same counter, as of a copied key: one succeeds."""
    authenticator = scene.register()
    asked = [scene.asked() for _ in range(40)]
    answers = [_answer(scene, challenge, authenticator.get(options, count=9)) for challenge, options in asked]
    found = outcomes(burst.aws("RespondToAuthChallenge", lambda number: answers[number], 40))
    assert found["200"] == 1
    assert set(found) <= {"200", "NotAuthorizedException", *BUSY}
    assert scene.stored().sign_count == 9
    assert scene.events("passkey.counter_went_back")


def _answer(scene: Scene, challenge: dict[str, Any], credential: dict[str, Any]) -> dict[str, Any]:
    return {
        "ClientId": scene.client_id,
        "ChallengeName": "WEB_AUTHN",
        "Session": challenge["Session"],
        "ChallengeResponses": {"USERNAME": scene.user.username, "CREDENTIAL": json.dumps(credential)},
    }
