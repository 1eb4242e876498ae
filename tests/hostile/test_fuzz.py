"""Inputs made from botocore's shapes: whatever an operation is given it answers or refuses, and what it refuses it did not do.

A dozen examples for each operation; POOLHOUSE_FUZZ_EXAMPLES sets another number.
"""

import json
import os
import string
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.web.aws.registry import Service, cognito_idp, load_targets, poolhouse
from tests.conftest import ROOT_KEY
from tests.hostile.conftest import POOLHOUSE, Sender
from tests.hostile.operations import BY_CLIENT, BY_TOKEN, OF_NO_POOL, SIGNED
from tests.hostile.realms import Maker, Realm
from tests.hostile.watching import COUNTED, Watch

EXAMPLES = int(os.environ.get("POOLHOUSE_FUZZ_EXAMPLES", "12"))
# They would leave nothing to go on with; what they refuse is looked at elsewhere.
_ENDING = frozenset({"DeleteUserPool", "DeleteUserPoolClient", "RevokeAccessKey", "AdminDeleteUser", "DeleteUser"})
_INPUTS = {**SIGNED, **BY_CLIENT, **BY_TOKEN}
_TEXTS = st.one_of(
    st.text(max_size=24),
    st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=32),
    st.sampled_from(
        [
            "",
            "\0",
            "a\0b",
            "\ud800",
            "\u202e\U0001f600",
            "x" * 2_049,
            "' OR 1=1 --",
            "%s%n",
            "{####}{username}",
            "email",
            "custom:a",
            "https://app.example/cb",
            "https://a@b@c/",
            "http://[::1",
            "//evil.example",
            "openid",
            "ENABLED",
            "0",
            "-1",
            "1e9",
            "true",
            "2026-01-01",
            'email = "a',
            'username ^= "\\',
        ]
    ),
)


class _Shapes:
    """Strategies for the shapes of a service: near to what is asked for, and sometimes not at all."""

    def __init__(self, service: Service) -> None:
        self._shapes: Mapping[str, Any] = service.model["shapes"]
        self._operations: Mapping[str, Any] = service.model["operations"]

    def input(self, operation: str) -> st.SearchStrategy[dict[str, Any]]:
        return self._structure(self._shapes[self._operations[operation]["input"]["shape"]])

    def _of(self, name: str) -> st.SearchStrategy[Any]:
        shape = self._shapes[name]
        return st.one_of(st.deferred(lambda: self._proper(shape)), _improper()) if shape else _improper()

    def _proper(self, shape: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        match shape["type"]:
            case "structure":
                return self._structure(shape)
            case "list":
                return st.lists(self._of(shape["member"]["shape"]), max_size=3)
            case "map":
                names = st.one_of(self._proper(self._shapes[shape["key"]["shape"]]), st.sampled_from(_PARAMETERS))
                return st.dictionaries(names, self._of(shape["value"]["shape"]), max_size=4)
            case "boolean":
                return st.booleans()
            case "integer" | "long" | "float" | "double" | "timestamp":
                bounds = (shape.get("min", 0), shape.get("max", 100))
                return st.one_of(st.integers(min(bounds), max(bounds)), st.integers(-(2**65), 2**65))
            case _:
                return st.sampled_from(shape["enum"]) if "enum" in shape else _TEXTS

    def _structure(self, shape: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        members = {name: self._of(reference["shape"]) for name, reference in shape.get("members", {}).items()}
        required = {name: members.pop(name) for name in shape.get("required", ())}
        return st.fixed_dictionaries(required, optional=members)


_PARAMETERS = [
    "USERNAME",
    "PASSWORD",
    "SRP_A",
    "REFRESH_TOKEN",
    "SECRET_HASH",
    "NEW_PASSWORD",
    "PASSWORD_CLAIM_SECRET_BLOCK",
]


def _improper() -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), _TEXTS, st.integers(), st.booleans(), st.floats(), st.lists(st.none(), max_size=1))


def _shapes_of(name: str) -> _Shapes:
    load_targets()
    return _Shapes(poolhouse if name in POOLHOUSE else cognito_idp)


@pytest.fixture
def ours(makers: Maker) -> Realm:
    """A realm for one test: what one operation may change another needs."""
    return makers.realm(f"fuzz{uuid4().hex[:8]}")


@pytest.mark.parametrize("name", sorted({*_INPUTS, *OF_NO_POOL} - _ENDING))
def test_whatever_an_operation_is_given(name: str, send: Sender, makers: Maker, ours: Realm, watch: Watch) -> None:
    good = _INPUTS[name](makers, ours) if name in _INPUTS else {}
    key = ROOT_KEY if name in SIGNED or name in OF_NO_POOL else None
    # What is stored, where the last example changed nothing.
    known: list[dict[str, Any]] = []

    @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
    @given(made=_shapes_of(name).input(name), kept=st.sets(st.sampled_from(sorted(good) or [""])))
    def run(made: dict[str, Any], kept: set[str]) -> None:
        """Members of a good input are put in place of some made ones, so that not all ends at the first check."""
        members = {**made, **{member: good[member] for member in kept if member}}
        if "UserPoolId" in good and len(kept) % 4:
            members["UserPoolId"] = good["UserPoolId"]
        before = known.pop() if known else watch.state(ours.pool_id, but=COUNTED)
        reply = send(name, json.dumps(members).encode(), key=key)
        assert reply.status < 500 or reply.status == 501, reply.body
        if reply.status != 200:
            assert watch.state(ours.pool_id, but=COUNTED) == before, reply.body
            known.append(before)

    run()
