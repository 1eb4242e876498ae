"""As much of Terraform as decides whether a plan is empty: schemas, planned values, differences, and the walk of a resource."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    """An argument of a resource: its member in the API, and its schema.

    `computed`: without configuration, whatever was read is fine. `default`: without configuration, this is what is wanted.
    `of`: a block, or with `many` a set of blocks. `read`: whether the provider reads it back.
    """

    api: str = ""
    computed: bool = False
    default: Any = None
    of: "Schema | None" = None
    many: bool = False
    read: bool = True


Schema = Mapping[str, Node]


Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """`state` is what was read before, `planned` what shall be, `names` what differs."""

    key: Key
    state: Values
    planned: Values
    names: set[str]


class Resource(Protocol):
    """A resource of the provider."""

    name: str
    schema: ClassVar[Schema]

    def create(self, planned: Values) -> Key:
        """Makes it; gives its id in parts."""

    def read(self, key: Key) -> Values | None:
        """Its state; None when it is gone."""

    def update(self, change: Change) -> None:
        """Changes it."""

    def delete(self, key: Key) -> None:
        """Takes it away."""


@dataclass(slots=True)
class Walk:
    """What came of a walk: how many plans were looked at, and what made one non-empty."""

    plans: int = 0
    problems: list[str] = field(default_factory=list)


def walk(resource: Resource, configurations: Sequence[Values]) -> Walk:
    """`terraform apply` with each configuration in turn, a look at the plan after each, then `destroy`."""
    result = Walk()
    first, *others = configurations
    key = resource.create(_planned(resource.schema, first, {}))
    _look(result, resource, key, first, "created")
    for number, configuration in enumerate(others, 1):
        state = resource.read(key) or {}
        planned = _planned(resource.schema, configuration, state)
        changed = {difference.name for difference in _differences(resource.schema, planned, state)}
        if not changed:
            result.problems.append(f"{resource.name}: change {number} is none")
        resource.update(Change(key, state, planned, changed))
        _look(result, resource, key, configuration, f"change {number}")
    resource.delete(key)
    if (left := resource.read(key)) is not None:
        result.problems.append(f"{resource.name}: destroyed, but {left}")
    return result


def _look(result: Walk, resource: Resource, key: Key, configuration: Values, moment: str) -> None:
    state = resource.read(key)
    result.plans += 1
    if state is None:
        result.problems.append(f"{resource.name}: {moment}, but not there")
        return
    for one in _differences(resource.schema, configuration, state):
        result.problems.append(f"{resource.name}: {moment}, plan of {one.name}: {one.found!r} -> {one.wanted!r}")


@dataclass(frozen=True, slots=True)
class _Difference:
    name: str
    wanted: Any
    found: Any


def _differences(schema: Schema, wanted: Values, found: Values) -> Iterator[_Difference]:
    """What a plan would change."""
    for name, node in schema.items():
        if not node.read:
            continue
        value = wanted.get(name)
        if value is None:
            if node.computed:
                continue
            value = node.default
        if not _is_same(node, value, found.get(name)):
            yield _Difference(name, value, found.get(name))


def _is_same(node: Node, wanted: Any, found: Any) -> bool:
    if node.of is None or node.many:
        return bool(_normal(wanted) == _normal(found))
    if wanted is None or found is None:
        # A block that is there counts, whatever it holds.
        return wanted is found
    return not any(_differences(node.of, wanted, found))


def _normal(value: Any) -> Any:
    """Zero values are no values, and what is many has no order."""
    if isinstance(value, Mapping):
        return {name: inner for name, one in sorted(value.items()) if (inner := _normal(one)) is not None} or None
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(map(repr, map(_normal, value))) or None
    return value or None


def _planned(schema: Schema, configuration: Values, state: Values) -> Values:
    """The configuration, with defaults, and with what was read of what is computed."""
    planned: Values = {}
    for name, node in schema.items():
        value = configuration.get(name)
        if value is None:
            value = state.get(name) if node.computed else node.default
        elif node.of is not None and not node.many:
            value = _planned(node.of, value, state.get(name) or {})
        planned[name] = value
    return planned


def expand(schema: Schema, values: Values) -> Values:
    """Members of the API for arguments that have a value; zero values are left out, as the Go SDK leaves them out."""
    members: Values = {}
    for name, node in schema.items():
        value = values.get(name)
        if not node.api or not value:
            continue
        if node.of is None:
            members[node.api] = sorted(value) if isinstance(value, set | frozenset) else value
        elif node.many:
            members[node.api] = [expand(node.of, one) for one in value]
        else:
            members[node.api] = expand(node.of, value)
    return members


def flatten(schema: Schema, members: Values) -> Values:
    """Arguments for what the API answered; what is absent stays absent."""
    values: Values = {}
    for name, node in schema.items():
        found = members.get(node.api) if node.api and node.read else None
        if found is None:
            continue
        if node.of is None:
            values[name] = found
        elif node.many:
            values[name] = [flatten(node.of, one) for one in found]
        else:
            values[name] = flatten(node.of, found)
    return values
