"""IAM policy documents of access keys: which are accepted, and what they allow.

Only what is evaluated is accepted. Version, Statement, Sid, Effect, Action and Resource with the wildcards `*` and `?`
are; anything else (Condition, NotAction, policy variables ...) is refused when a key is made, so that nothing unknown
ever widens a right. See "IAM JSON policy elements reference" in the IAM User Guide.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from app.kit.errors import InvalidParameterException

Decision = Literal["allowed", "denied", "not_allowed"]

MAX_DOCUMENT_CHARACTERS = 10_240
_VERSIONS = ("2012-10-17", "2008-10-17")
_STATEMENT_ELEMENTS = frozenset({"Sid", "Effect", "Action", "Resource"})
_SID = re.compile(r"[A-Za-z0-9]{0,128}")
_ACTION = re.compile(r"\*|[A-Za-z0-9-]{1,64}:[A-Za-z0-9*?]{1,128}")
_ARN_PARTS = 6
_ARN = re.compile(r"arn(:[!-9;-~]*){4}:[!-~]+")


def parse_policy(text: str) -> dict[str, Any]:
    """The document that a JSON text holds, checked; raises InvalidParameterException."""
    if len(text) > MAX_DOCUMENT_CHARACTERS:
        raise _refused(f"it is longer than {MAX_DOCUMENT_CHARACTERS} characters")
    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise _refused("it is not valid JSON") from None
    return check_policy(document)


def check_policy(document: object) -> dict[str, Any]:
    """The same document if every element of it is evaluated by `decide`; raises InvalidParameterException."""
    if not isinstance(document, dict):
        raise _refused("it must be a JSON object")
    _check_elements(document, {"Version", "Statement"})
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise _refused(f"Version must be {_VERSIONS[0]}")
    statements = _as_list(document.get("Statement"))
    if not statements:
        raise _refused("Statement must hold at least one statement")
    for statement in statements:
        _check_statement(statement)
    return document


def decide(document: Mapping[str, Any] | None, action: str, resource: str) -> Decision:
    """What the policy says of `action` ("cognito-idp:AdminGetUser") on the ARN `resource`; None allows everything.

    An explicit deny wins, and is told from a missing allow.
    """
    if document is None:
        return "allowed"
    decision: Decision = "not_allowed"
    for statement in _as_list(document["Statement"]):
        if _applies(statement, action, resource):
            if statement["Effect"] == "Deny":
                return "denied"
            decision = "allowed"
    return decision


def _applies(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    lowered = action.lower()
    return any(_matches(pattern.lower(), lowered) for pattern in _as_list(statement["Action"])) and any(
        _matches_resource(pattern, resource) for pattern in _as_list(statement["Resource"])
    )


def _matches_resource(pattern: str, resource: str) -> bool:
    """A wildcard stays within its part of the ARN, as IAM has it."""
    if pattern == "*":
        return True
    parts, found = pattern.split(":", _ARN_PARTS - 1), resource.split(":", _ARN_PARTS - 1)
    return len(parts) == len(found) and all(map(_matches, parts, found))


def _matches(pattern: str, text: str) -> bool:
    """Glob with `*` and `?` in at most len(pattern) * len(text) steps, whatever the pattern."""
    at = mark = start = 0
    star = -1
    while at < len(text):
        if start < len(pattern) and pattern[start] == "*":
            star, mark, start = start, at, start + 1
        elif start < len(pattern) and pattern[start] in ("?", text[at]):
            at, start = at + 1, start + 1
        elif star >= 0:
            mark += 1
            at, start = mark, star + 1
        else:
            return False
    return pattern[start:].strip("*") == ""


def _check_statement(statement: object) -> None:
    if not isinstance(statement, dict):
        raise _refused("a statement must be a JSON object")
    _check_elements(statement, _STATEMENT_ELEMENTS)
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise _refused("Effect must be Allow or Deny")
    if not isinstance(statement.get("Sid", ""), str) or not _SID.fullmatch(statement.get("Sid", "")):
        raise _refused("Sid must be letters and digits")
    for action in _strings(statement, "Action"):
        if not _ACTION.fullmatch(action):
            raise _refused(f"Action must be '*' or 'service:Operation', not {action[:128]!r}")
    for resource in _strings(statement, "Resource"):
        if "${" in resource:
            raise _refused("policy variables are not evaluated here")
        if resource != "*" and not _ARN.fullmatch(resource):
            raise _refused(f"Resource must be '*' or an ARN, not {resource[:128]!r}")


def _check_elements(found: Mapping[str, Any], known: set[str] | frozenset[str]) -> None:
    for name in found:
        if name not in known:
            raise _refused(f"element {name[:128]!r} is not supported")


def _strings(statement: Mapping[str, Any], name: str) -> Sequence[str]:
    values = _as_list(statement.get(name))
    if not values or not all(isinstance(value, str) for value in values):
        raise _refused(f"{name} must be a text or a list of texts")
    return values


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an element is given twice")
    return found


def _refused(why: str) -> InvalidParameterException:
    return InvalidParameterException(f"The policy document is refused: {why}.")
