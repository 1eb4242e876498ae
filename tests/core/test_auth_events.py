"""How the steps of the audit trail become a user's authentication events."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core import audit
from app.core.audit import Event
from app.core.auth_events import AuthEvent, list_auth_events
from app.flows.work import Resources
from tests.factories import Factory

Steps = list[tuple[str, dict[str, Any]]]
Told = Callable[..., list[AuthEvent]]
PASSWORD, CODE = {"amr": ["pwd"]}, {"amr": ["pwd", "otp"]}
WRONG = {"reason": "wrong_guess"}


@pytest.fixture
def told(resources: Resources, make: Factory) -> Told:
    """Records the steps of sign-ins, one after the other a minute apart, and reads the events back."""
    pool_id = make.pool()

    def recorded(*sign_ins: Steps, limit: int = 60) -> list[AuthEvent]:
        with resources.database.write() as db:
            for number, steps in enumerate(sign_ins):
                for turn, (kind, details) in enumerate(steps):
                    event = Event(
                        kind=f"sign_in.{kind}",
                        at=1_000_000 + 60_000 * turn + number,
                        request_id="r",
                        pool_id=pool_id,
                        sub="somebody",
                        source_ip="192.0.2.7",
                        details={"sign_in": f"sign-in-{number}", **details},
                    )
                    audit.record(db, event)
            return list_auth_events(db, pool_id, "somebody", is_confirmed=True, after=None, limit=limit)

    return recorded


@pytest.mark.parametrize(
    ("steps", "response", "challenges"),
    [
        ([("success", PASSWORD)], "Pass", [("Password", "Success")]),
        ([("failure", {**WRONG, "guess": "sign_in"})], "Fail", [("Password", "Failure")]),
        ([("failure", {**WRONG, "guess": "sign_in_code"})], "Fail", [("Mfa", "Failure")]),
        ([("failure", {"reason": "locked"})], "Fail", []),
        ([("failure", {"reason": "UserNotConfirmedException", **PASSWORD})], "Fail", [("Password", "Success")]),
        ([("challenge", PASSWORD)], "InProgress", [("Password", "Success")]),
        (
            [("challenge", PASSWORD), ("failure", WRONG), ("failure", WRONG), ("success", CODE)],
            "Pass",
            [("Password", "Success"), ("Mfa", "Failure"), ("Mfa", "Success")],
        ),
        (
            [("challenge", PASSWORD), ("failure", WRONG)],
            "Fail",
            [("Password", "Success"), ("Mfa", "Failure")],
        ),
        ([("success", {"amr": ["otp"]})], "Pass", [("Mfa", "Success")]),
        (
            [("success", PASSWORD), ("failure", {"reason": "session_used_again"})],
            "Pass",
            [("Password", "Success")],
        ),
    ],
)
def test_the_steps_of_a_sign_in(told: Told, steps: Steps, response: str, challenges: list[tuple[str, str]]) -> None:
    (event,) = told(steps)
    assert (event.event_id, event.event_type, event.ip_address) == ("sign-in-0", "SignIn", "192.0.2.7")
    assert (event.response, list(event.challenges)) == (response, challenges)
    assert event.at == 1_000_000


def test_sign_ins_with_more_steps_than_a_page_has_events(told: Told) -> None:
    """They are interleaved; each is where it began, the newest first."""
    steps: Steps = [("challenge", PASSWORD), *[("failure", WRONG)] * 6, ("success", CODE)]
    found = told(steps, steps, steps, limit=3)
    assert [event.event_id for event in found] == ["sign-in-2", "sign-in-1", "sign-in-0"]
    assert {event.response for event in found} == {"Pass"}
    assert [event.event_id for event in told(limit=1)] == ["sign-in-2"]
