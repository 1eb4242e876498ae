"""The one seam through which every function is called: never within a segment, and a reader of answers that guesses nothing."""

from dataclasses import replace
from typing import Any

import pytest

from app.core.pools import Pool
from app.flows.call_trigger import call_trigger
from app.flows.triggers.responses import read_flag, read_names, read_object, read_text, read_texts
from app.flows.work import Resources, Work
from app.gateways.functions import Invocation
from app.kit.errors import InvalidLambdaResponseException
from tests.factories import Factory
from tests.functions import FakeFunctions
from tests.triggers import Triggers


@pytest.fixture
def triggers(functions: FakeFunctions) -> Triggers:
    return Triggers(functions)


@pytest.fixture
def pool(make: Factory, resources: Resources, triggers: Triggers) -> Pool:
    return resources.snapshots.pool(make.pool(LambdaConfig=triggers.config)).pool


def call(work: Work, pool: Pool) -> dict[str, Any]:
    return call_trigger(work, pool, "PreSignUp", "PreSignUp_SignUp", {}, {}, user_name="ada")


@pytest.mark.parametrize("segment", ["read", "write", "write_once"])
def test_no_function_runs_within_a_segment(make: Factory, pool: Pool, triggers: Triggers, segment: str) -> None:
    work = make.work()
    with pytest.raises(RuntimeError, match="a trigger inside a database segment"), getattr(work, segment)():
        call(work, pool)
    assert triggers.calls == []
    assert call(work, pool) == {}


def test_the_request_id_travels_along(make: Factory, pool: Pool) -> None:
    class Noting:
        def __init__(self) -> None:
            self.seen: list[Invocation] = []

        def invoke(self, invocation: Invocation) -> Any:
            self.seen.append(invocation)
            return dict(invocation.event)

    noting, work = Noting(), make.work()
    work.resources = replace(work.resources, functions=noting)
    call(work, pool)
    (invocation,) = noting.seen
    assert (invocation.request_id, invocation.pool_id) == (work.request_id, pool.pool_id)
    assert invocation.arn == pool.lambda_config["PreSignUp"]


class TestReading:
    @pytest.mark.parametrize(
        ("value", "read"), [(None, False), (True, True), (False, False), ("true", True), ("false", False)]
    )
    def test_flags(self, value: Any, read: bool) -> None:
        assert read_flag({"a": value}, "a") is read
        assert read_flag({}, "a") is False

    @pytest.mark.parametrize("value", [1, 0, "", "True", [], {}])
    def test_what_is_no_flag(self, value: Any) -> None:
        with pytest.raises(InvalidLambdaResponseException):
            read_flag({"a": value}, "a")

    def test_texts(self) -> None:
        assert read_text({"a": "12345"}, "a", 5) == "12345"
        assert read_text({"a": ""}, "a", 5) is read_text({"a": None}, "a", 5) is None
        wrong: tuple[Any, ...] = ("123456", 7, ["a"])
        for value in wrong:
            with pytest.raises(InvalidLambdaResponseException):
                read_text({"a": value}, "a", 5)

    def test_texts_by_name(self) -> None:
        given = {"a": {"text": "x", "number": 7, "half": 0.5, "truth": True, "nothing": None}}
        assert read_texts(given, "a") == {"text": "x", "number": "7", "half": "0.5", "truth": "true"}
        wrong: tuple[Any, ...] = ([], "x", {"a": []}, {"a": {}})
        for value in wrong:
            with pytest.raises(InvalidLambdaResponseException):
                read_texts({"a": value}, "a")

    def test_lists_of_names(self) -> None:
        assert read_names({"a": ["y", "x", "y"]}, "a") == ("y", "x")
        assert read_names({"a": None}, "a") == read_names({}, "a") == ()
        wrong: tuple[Any, ...] = ("x", {}, [1], [None])
        for value in wrong:
            with pytest.raises(InvalidLambdaResponseException):
                read_names({"a": value}, "a")

    def test_objects(self) -> None:
        assert read_object({"a": {"b": 1}}, "a") == {"b": 1}
        assert read_object({"a": None}, "a") == {}
        wrong: tuple[Any, ...] = ([], "x", 1, False)
        for value in wrong:
            with pytest.raises(InvalidLambdaResponseException):
                read_object({"a": value}, "a")
