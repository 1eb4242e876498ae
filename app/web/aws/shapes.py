"""Input checked against, output cut to, a service model's shapes.

Everything is compiled once into closures, so that a request never walks the model. Names stay AWS's; times are epoch
milliseconds on our side and epoch seconds on the wire, blobs bytes here and base64 there.
"""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from app.kit.errors import InvalidParameterException, SerializationException
from app.web.aws.constraints import Scalar, Shape, compile_scalar, size_constraints, wrong_type

Check = Callable[[Any, str, list[str]], Any]
Cut = Callable[[Any], Any]
Redact = Callable[[Any], Any]

HIDDEN = "***"
_MAX_PROBLEMS = 50
_MAX_ECHO = 1_024
_MAX_DEPTH = 64
# The model calls these sensitive; they name whom a change is about and let nobody in.
_IDENTIFIERS = frozenset({"ClientIdType", "UsernameType"})
# Clients put tokens and passwords into it for triggers.
_NEVER_SHOWN = frozenset({"ClientMetadataType", "ConfirmationCodeType"})
_SECRET_NAME = re.compile(r"secret|passw|verifier|salt|private|credential|(token|code|hash|answer)$", re.IGNORECASE)
_PAGE_NAME = re.compile(r"(next|pagination)token$", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Whether what is called so is hidden in logs, in the audit trail and in error texts."""
    return _SECRET_NAME.search(name) is not None and _PAGE_NAME.search(name) is None


class Shapes:
    """The shapes of one service model, compiled on first use and shared by all its operations.

    A shape that contains itself cannot be compiled; none of our services has one, and start-up would fail.
    """

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = shapes
        self._checks: dict[tuple[str, bool], Check] = {}
        self._cuts: dict[str, Cut | None] = {}

    def input_check(self, name: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """A function from the request's object to its checked members, unknown and null ones left out.

        It raises SerializationException for a wrong JSON type and InvalidParameterException with AWS's text, one
        clause for each violated constraint.
        """
        check = self._check(name, hidden=False)

        def checked(data: Mapping[str, Any]) -> dict[str, Any]:
            problems: list[str] = []
            members: dict[str, Any] = check(data, "", problems)
            if problems:
                raise InvalidParameterException(_summary(problems))
            return members

        return checked

    def output_cut(self, name: str | None) -> Callable[[Mapping[str, Any] | None], bytes]:
        """A function from an operation's answer to the reply's JSON; no output shape means an empty body."""
        if name is None:
            return lambda _answer: b""
        cut = self._cut(name) or (lambda value: value)
        return lambda answer: orjson.dumps(cut(answer or {}))

    def redaction(self, name: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """A function from checked members to what a log or the audit trail may hold of them."""
        return self._redact(name)

    def _is_hidden(self, name: str, member: str) -> bool:
        shape = self._shapes[name]
        if shape.get("sensitive") or name in _NEVER_SHOWN:
            return True
        return shape["type"] in ("string", "blob") and "enum" not in shape and is_secret_name(member)

    # ---- input

    def _check(self, name: str, hidden: bool) -> Check:
        key = (name, hidden)
        if key not in self._checks:
            self._checks[key] = self._compile_check(self._shapes[name], hidden)
        return self._checks[key]

    def _compile_check(self, shape: Shape, hidden: bool) -> Check:
        match shape["type"]:
            case "structure" if shape.get("document"):
                return _check_document
            case "structure":
                return self._structure_check(shape, hidden)
            case "list":
                return self._list_check(shape, hidden)
            case "map":
                return self._map_check(shape)
            case _:
                return _scalar_check(compile_scalar(shape), hidden)

    def _structure_check(self, shape: Shape, hidden: bool) -> Check:
        required = frozenset(shape.get("required", ()))
        rows = [
            (
                member,
                member[0].lower() + member[1:],
                member in required,
                self._check(reference["shape"], hidden or self._is_hidden(reference["shape"], member)),
            )
            for member, reference in shape["members"].items()
        ]

        def check(value: Any, path: str, problems: list[str]) -> Any:
            if type(value) is not dict:
                raise wrong_type(value, "structure")
            prefix = path + "." if path else ""
            checked = {}
            for member, step, is_required, check_member in rows:
                item = value.get(member)
                if item is not None:
                    checked[member] = check_member(item, prefix + step, problems)
                elif is_required:
                    problems.append(_problem("null ", prefix + step, "Member must not be null"))
            return checked

        return check

    def _list_check(self, shape: Shape, hidden: bool) -> Check:
        find_size = size_constraints(shape)[0] or _no_violation
        name = shape["member"]["shape"]
        hidden = hidden or self._is_hidden(name, "")
        check_entries = self._entries_check(name, hidden)

        def check(value: Any, path: str, problems: list[str]) -> Any:
            if type(value) is not list:
                raise wrong_type(value, "list")
            found = find_size(value)
            if found:
                problems.extend(_problem("", path, text) for text in found)
                return value
            return check_entries(value, path, problems)

        return check

    def _entries_check(self, name: str, hidden: bool) -> Check:
        if self._shapes[name]["type"] not in ("structure", "list", "map"):
            return _scalar_entries_check(compile_scalar(self._shapes[name]), hidden)
        check_entry = self._check(name, hidden)

        def check(value: Any, path: str, problems: list[str]) -> Any:
            checked = []
            for number, item in enumerate(value, 1):
                if len(problems) >= _MAX_PROBLEMS:
                    break
                step = f"{path}.{number}.member"
                if item is None:
                    problems.append(_problem("null ", step, "Member must not be null"))
                else:
                    checked.append(check_entry(item, step, problems))
            return checked

        return check

    def _map_check(self, shape: Shape) -> Check:
        """Values of a map are never echoed: provider details and auth parameters hold secrets under free names."""
        find_size = size_constraints(shape)[0] or _no_violation
        keys = compile_scalar(self._shapes[shape["key"]["shape"]])
        find_key = keys.find or _no_violation
        key_text = f"Map keys must satisfy constraint: [{', '.join(keys.texts)}]"
        check_values = self._values_check(shape["value"]["shape"])

        def check(value: Any, path: str, problems: list[str]) -> Any:
            if type(value) is not dict:
                raise wrong_type(value, "map")
            found = find_size(value)
            if found:
                problems.extend(_problem("", path, text) for text in found)
                return value
            present = {key: item for key, item in value.items() if item is not None}
            if any(find_key(key) for key in present):
                problems.append(_problem("", path, key_text))
            return check_values(present, path, problems)

        return check

    def _values_check(self, name: str) -> Check:
        if self._shapes[name]["type"] in ("structure", "list", "map"):
            check_value = self._check(name, hidden=True)
            return lambda value, path, problems: {
                key: check_value(item, f"{path}.{key[:_MAX_ECHO]}.member", problems) for key, item in value.items()
            }
        scalar = compile_scalar(self._shapes[name])
        parse, find = scalar.parse, scalar.find or _no_violation
        text = f"Map value must satisfy constraint: [{', '.join(scalar.texts)}]"

        def check(value: Any, path: str, problems: list[str]) -> Any:
            checked = {key: parse(item) for key, item in value.items()}
            if any(find(item) for item in checked.values()):
                problems.append(_problem("", path, text))
            return checked

        return check

    # ---- output

    def _cut(self, name: str) -> Cut | None:
        """The function that cuts a value to the shape; None where there is nothing to do."""
        if name not in self._cuts:
            self._cuts[name] = self._compile_cut(self._shapes[name])
        return self._cuts[name]

    def _compile_cut(self, shape: Shape) -> Cut | None:
        match shape["type"]:
            case "structure" if shape.get("document"):
                return None
            case "structure":
                return _structure_cut({member: self._cut(ref["shape"]) for member, ref in shape["members"].items()})
            case "list":
                cut_entry = self._cut(shape["member"]["shape"])
                return cut_entry and (lambda value: [cut_entry(item) for item in value])
            case "map":
                cut_value = self._cut(shape["value"]["shape"])
                return cut_value and (lambda value: {key: cut_value(item) for key, item in value.items()})
            case "timestamp":
                return _seconds
            case "blob":
                return _base64
            case _:
                return None

    # ---- redaction

    def _redact(self, name: str) -> Redact:
        shape = self._shapes[name]
        match shape["type"]:
            case "structure" if not shape.get("document"):
                return lambda value: {
                    member: self._redact_member(shape["members"][member]["shape"], member, item)
                    for member, item in value.items()
                }
            case "list":
                entry = shape["member"]["shape"]
                return lambda value: [self._redact_member(entry, "", item) for item in value]
            case "map":
                entry = shape["value"]["shape"]
                return lambda value: {key: self._redact_member(entry, key, item) for key, item in value.items()}
            case "blob":
                return lambda value: f"({len(value)} bytes)"
            case "string":
                return lambda value: value[:_MAX_ECHO]
            case _:
                return _same

    def _redact_member(self, name: str, member: str, value: Any) -> Any:
        if name not in _IDENTIFIERS and self._is_hidden(name, member):
            return HIDDEN
        return self._redact(name)(value)


def _summary(problems: list[str]) -> str:
    kept = problems[:_MAX_PROBLEMS]
    plural = "" if len(kept) == 1 else "s"
    return f"{len(kept)} validation error{plural} detected: {'; '.join(kept)}"


def _problem(echo: str, path: str, text: str) -> str:
    return f"Value {echo}at '{path}' failed to satisfy constraint: {text}"


def _echo(value: Any, hidden: bool) -> str:
    """The value as AWS quotes it, or nothing: bytes, secrets and novels are not repeated."""
    if hidden or isinstance(value, bytes):
        return ""
    text = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
    return f"'{text}' " if len(text) <= _MAX_ECHO else ""


def _no_violation(_value: Any) -> tuple[str, ...]:
    return ()


def _scalar_check(scalar: Scalar, hidden: bool) -> Check:
    parse, find = scalar.parse, scalar.find
    if find is None:
        return lambda value, _path, _problems: parse(value)

    def check(value: Any, path: str, problems: list[str]) -> Any:
        parsed = parse(value)
        found = find(parsed)
        if found:
            problems.extend(_problem(_echo(parsed, hidden), path, text) for text in found)
        return parsed

    return check


def _scalar_entries_check(scalar: Scalar, hidden: bool) -> Check:
    parse, find = scalar.parse, scalar.find or _no_violation
    text = f"Member must satisfy constraint: [{', '.join(scalar.texts)}]"

    def check(value: Any, path: str, problems: list[str]) -> Any:
        if None in value:
            problems.append(_problem("", path, "Member must satisfy constraint: [Member must not be null]"))
            return value
        parsed = [parse(item) for item in value]
        if any(find(item) for item in parsed):
            problems.append(_problem(_echo(parsed, hidden), path, text))
        return parsed

    return check


def _check_document(value: Any, _path: str, _problems: list[str]) -> Any:
    """Any JSON, nested no deeper than can be written out again."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return value
    raise SerializationException(f"A document may be nested {_MAX_DEPTH} levels deep")


def _structure_cut(members: Mapping[str, Cut | None]) -> Cut:
    def cut(value: Any) -> Any:
        kept = {}
        for name, item in value.items():
            if item is not None and name in members:
                cut_member = members[name]
                kept[name] = cut_member(item) if cut_member else item
        return kept

    return cut


def _same(value: Any) -> Any:
    return value


def _seconds(milliseconds: Any) -> Any:
    return milliseconds / 1000


def _base64(value: Any) -> Any:
    return base64.b64encode(value).decode()
