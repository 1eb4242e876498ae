"""Every error that botocore's model has for an operation is told by a test through a real client, or docs/parity.md says why not."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.parity import silent, untold
from tests.equality.reading import ELSEWHERE, FRAMEWORK, RATED, UNMODELLED, modelled, raised, raised_elsewhere

ROOT = Path(__file__).resolve().parents[2]
ONE_OF_RATES = ("ListUsers", "TooManyRequestsException")


def test_every_error_of_every_operation() -> None:
    told = raised() | set(raised_elsewhere())
    left_out = {pair for entry in untold() for pair in silent(entry)}
    assert sorted(modelled() - told - left_out) == []


def test_every_error_whose_cause_exists_is_raised_somewhere() -> None:
    """By the names of the errors alone: each is raised at some operation, or at none of them for a reason."""
    told = {code for _, code in raised() | set(raised_elsewhere())}
    never = {error for entry in untold() for error in entry.errors} - told
    assert {code for _, code in modelled()} == (told - FRAMEWORK) | never
    assert never == {
        "ForbiddenException",
        "InternalServerException",
        "InvalidEmailRoleAccessPolicyException",
        "InvalidSmsRoleAccessPolicyException",
        "InvalidSmsRoleTrustRelationshipException",
        "MFAMethodNotFoundException",
    }


def test_nothing_is_told_that_the_model_has_not() -> None:
    extra = {pair for pair in raised() if pair[1] not in FRAMEWORK} - modelled()
    assert extra == UNMODELLED


def test_what_the_tables_raise_needs_no_other_test() -> None:
    assert ELSEWHERE.keys() & raised() == set()
    assert ELSEWHERE.keys() <= modelled()


@pytest.mark.parametrize(("pair", "named"), sorted({**ELSEWHERE, ONE_OF_RATES: RATED}.items()), ids=str)
def test_the_named_test_asserts_the_error(pair: tuple[str, str], named: str) -> None:
    """The test exists, and its module or what that imports from the tests names the error."""
    path, _, function = named.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert function in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert any(pair[1] in text for text in _texts(path, tree))


def _texts(path: str, tree: ast.Module) -> Iterator[str]:
    yield (ROOT / path).read_text(encoding="utf-8")
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            imported = ROOT / f"{(node.module or '').replace('.', '/')}.py"
            if imported.is_file():
                yield imported.read_text(encoding="utf-8")
