"""Every row of every table is played: the shapes, types, codes and texts of Cognito's API, each with the line it cites.

The tables themselves are checked against botocore's model: a row that names what there is not would prove nothing.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from app.web.aws.registry import cognito_idp, load_targets
from tests.equality.language import Call, Row, Step, Wait
from tests.equality.reading import FRAMEWORK, TABLES, UNMODELLED
from tests.equality.stage import Stage

ROWS = [pytest.param(row, id=f"{area}: {row.name}") for area, rows in TABLES.items() for row in rows]
ALL = [row for rows in TABLES.values() for row in rows]
CALLS = [(row, call) for row in ALL for call in row.calls]
_SOURCE = re.compile(r"(cognito\.md \d+(\.\d+)?( .+)?|botocore: (?P<operation>\w+)\.(?P<member>\w+))")


@pytest.fixture(scope="module")
def model() -> Mapping[str, Any]:
    load_targets()
    return cognito_idp.model


@pytest.mark.parametrize("row", ROWS)
def test_row(stage: Stage, row: Row) -> None:
    stage.play(row)


def test_there_are_a_few_hundred() -> None:
    assert len(ALL) >= 300


def test_a_row_is_named_once() -> None:
    for area, rows in TABLES.items():
        counted = Counter(row.name for row in rows)
        assert {name: times for name, times in counted.items() if times > 1} == {}, area


def test_sources_are_cited(model: Mapping[str, Any]) -> None:
    for row in ALL:
        cited = _SOURCE.fullmatch(row.source)
        assert cited, f"{row.name}: {row.source}"
        if cited["operation"]:
            shape = model["operations"][cited["operation"]]["input"]["shape"]
            assert cited["member"] in model["shapes"][shape]["members"], row.source


def test_texts_that_the_source_doubts_are_not_asserted() -> None:
    doubted = [row for row in ALL if row.source.endswith("?")]
    assert doubted
    assert [row.name for row in doubted if row.calls[-1].text is not None] == []


def test_inputs_and_answers_are_in_the_model(model: Mapping[str, Any]) -> None:
    for row, call in CALLS:
        operation = model["operations"][call.operation]
        for member_of, named in (("input", call.members), ("output", call.answer)):
            members = _members(model, operation, member_of)
            assert set(named) <= set(members), f"{row.name}: {call.operation} {set(named) - set(members)}"


def test_codes_are_in_the_model(model: Mapping[str, Any]) -> None:
    for row, call in CALLS:
        if call.code is not None and call.code not in FRAMEWORK and (call.operation, call.code) not in UNMODELLED:
            modelled = {error["shape"] for error in model["operations"][call.operation]["errors"]}
            assert call.code in modelled, f"{row.name}: {call.operation} cannot raise {call.code}"


def test_every_row_asserts_something() -> None:
    assert [row.name for row in ALL if not any(map(_asserts, row.steps))] == []


def _asserts(step: Step) -> bool:
    return not isinstance(step, Wait) and (
        not isinstance(step, Call) or step.code is not None or step.is_whole or bool(step.answer)
    )


def _members(model: Mapping[str, Any], operation: Mapping[str, Any], which: str) -> Mapping[str, Any]:
    shape = operation.get(which, {}).get("shape")
    members: Mapping[str, Any] = model["shapes"][shape]["members"] if shape else {}
    return members
