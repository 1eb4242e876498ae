"""Writes docs/parity.md: every operation of Cognito's user pools API, whether it is built, how it is tested, what differs.

    make parity

What the code shows is read from it: the registry of operations, botocore's model, the tests. What only people know stands in
docs/parity.toml: known differences, and errors that no operation tells with the reason.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import botocore
from botocore import xform_name

from app.web.aws.registry import cognito_idp, load_targets
from tests.equality.reading import TABLES, modelled, raised, raised_elsewhere
from tests.hostile.operations import BY_CLIENT, BY_TOKEN, OF_NO_POOL, SIGNED

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "parity.md"
SOURCE = ROOT / "docs" / "parity.toml"
Pair = tuple[str, str]
# More operations than this are told by their number.
_NAMED = 8
_HEAD = """# Parity with Amazon Cognito's user pools API

Written by `make parity` from the registry of operations, the tests and `docs/parity.toml`; not to be edited.

{built} of the {all} operations of botocore {version} are built. Tested by:

- a file of `tests/aws/cognito_idp/`, through a real botocore client in process
- *equality*: call sequences with shapes, codes and texts, each citing its source (`tests/equality/`)
- *cross-pool*: with what belongs to another pool nothing leaks and nothing changes (`tests/hostile/`)
- *fuzz*: inputs made from the model; never a fault of the server, never a change after a refusal (`tests/hostile/`)
- *clients*: other people's programs (`conformance/`)
"""


@dataclass(frozen=True, slots=True)
class Untold:
    """Errors that some operations have in the model and do not tell; `until` names what they wait for, if anything."""

    errors: tuple[str, ...]
    operations: tuple[str, ...] | None
    why: str
    until: str = ""


def differences() -> dict[str, list[str]]:
    """The known differences of each operation."""
    found: dict[str, list[str]] = {}
    for entry in _source()["difference"]:
        for operation in entry["operations"]:
            found.setdefault(operation, []).append(entry["text"])
    return found


def untold() -> list[Untold]:
    """The entries for errors that no operation tells, as they stand in docs/parity.toml."""
    return [
        Untold(
            tuple(entry["errors"]),
            None if entry["operations"] == "all" else tuple(entry["operations"]),
            entry["why"],
            entry.get("until", ""),
        )
        for entry in _source()["untold"]
    ]


def silent(entry: Untold) -> list[Pair]:
    """The operations and errors that an entry is about; with `operations` "all" those that nothing else accounts for."""
    of_errors = {pair for pair in modelled() if pair[1] in entry.errors}
    if entry.operations is not None:
        return sorted(pair for pair in of_errors if pair[0] in entry.operations)
    listed = {(name, error) for other in untold() for name in other.operations or () for error in other.errors}
    return sorted(of_errors - raised() - set(raised_elsewhere()) - listed)


def page() -> str:
    """The whole of docs/parity.md."""
    load_targets()
    names = sorted(cognito_idp.model["operations"])
    head = _HEAD.format(built=len(cognito_idp.operations), all=len(names), version=botocore.__version__)
    known = differences()
    rows = [
        (
            name,
            "built" if name in cognito_idp.operations else "not built",
            tested_by(name),
            " ".join(known.get(name, [])),
        )
        for name in names
    ]
    table = _table(("operation", "state", "tested by", "known difference"), rows)
    waiting = [_told(entry) for entry in untold() if entry.until]
    never = [_told(entry)[:3] for entry in untold() if not entry.until]
    return "\n".join(
        [
            head,
            table,
            "\n## Errors that wait for something\n",
            "The model has these for the operations named; nothing here can cause them yet.\n",
            _table(("error", "operations", "why", "until"), waiting),
            "\n## Errors without a cause here\n",
            _table(("error", "operations", "why"), never),
            "",
        ]
    )


def tested_by(operation: str) -> str:
    """How an operation is tested: the test file of its noun, and which walks over all operations it is part of."""
    walked = operation in {**SIGNED, **BY_CLIENT, **BY_TOKEN}
    kinds = {
        "equality": operation in _in_tables(),
        "cross-pool": walked,
        "fuzz": walked or operation in OF_NO_POOL,
        "clients": _mentions(operation, _texts("conformance")),
    }
    return ", ".join([*_files(operation), *(kind for kind, holds in kinds.items() if holds)])


def _files(operation: str) -> list[str]:
    """The file named after the noun if it calls the operation, else the first one that does."""
    texts = _texts("tests/aws/cognito_idp")
    built = cognito_idp.operations.get(operation)
    noun = built.function.__module__.rpartition(".")[2] if built else ""
    calling = [path for path in texts if path.name.startswith("test_") and _mentions(operation, {path: texts[path]})]
    own = [path for path in calling if path.stem == f"test_{noun}"]
    return [f"`{path.name}`" for path in (own or calling)[:1]]


@cache
def _in_tables() -> frozenset[str]:
    return frozenset(call.operation for rows in TABLES.values() for row in rows for call in row.calls)


@cache
def _texts(folder: str) -> dict[Path, str]:
    """The programs of a folder that are ours, by path."""
    files = sorted(
        path for kind in ("py", "mjs", "ts", "tsx", "go", "java") for path in (ROOT / folder).rglob(f"*.{kind}")
    )
    own = [path for path in files if not any(part == "node_modules" or part.startswith(".") for part in path.parts)]
    return {path: path.read_text(encoding="utf-8") for path in own}


def _mentions(operation: str, texts: dict[Path, str]) -> bool:
    """Whether a program calls an operation by one of its names: Python's, the API's, or the AWS CLI's."""
    snake = xform_name(operation)
    pattern = re.compile(
        rf"\.{snake}\b|[\"']{operation}[\"']|\b{operation}Command\b|[\"']{snake.replace('_', '-')}[\"']"
    )
    return any(pattern.search(text) for text in texts.values())


def _told(entry: Untold) -> tuple[str, str, str, str]:
    names = sorted({name for name, _ in silent(entry)})
    told = ", ".join(names) if len(names) <= _NAMED else f"{len(names)} operations"
    return ", ".join(entry.errors), told, entry.why, entry.until


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@cache
def _source() -> dict[str, Any]:
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(ROOT))
