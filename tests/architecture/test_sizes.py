"""Small things stay small: a newcomer reads a module in one go and a function at a glance."""

import ast
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_APP = _ROOT / "app"
_MODULE_LINES = 400
_FUNCTION_LINES = 60
# Words that say nothing about what is in a file.
_EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "manager", "service", "misc", "stuff", "tools"}


def test_modules_are_short() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _APP.rglob("*.py")}
    long = {str(path.relative_to(_APP)): lines for path, lines in lengths.items() if lines >= _MODULE_LINES}
    assert long == {}


def test_functions_are_short() -> None:
    long = {}
    for path in _APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines >= _FUNCTION_LINES:
                    long[f"{path.relative_to(_APP)}:{node.name}"] = lines
    assert long == {}


def test_imports_stand_at_the_top() -> None:
    hidden = [
        f"{path.relative_to(_APP)}:{inner.lineno}"
        for path in _APP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_files_have_telling_names() -> None:
    names = [path for folder in ("app", "tests", "templates") for path in (_ROOT / folder).rglob("*")]
    assert [str(path) for path in names if _EMPTY_WORDS & set(path.stem.lower().split("_"))] == []


def test_a_noun_has_the_same_name_in_every_layer() -> None:
    tables, core = _nouns("db/tables"), _nouns("core")
    # Read through other nouns: the directory by clients, domains and access_keys, the server by keys and pools.
    assert tables - core == {"directory", "server"}
    doors = _nouns("web/aws/cognito_idp") | _nouns("web/aws/poolhouse")
    # Stories that have no noun of their own, and two that Cognito's API names otherwise.
    stories = {"passwords", "profile", "sign_in", "sign_up", "tags", "user_pools", "shapes_of_users"}
    assert doors - stories <= core


def _nouns(folder: str) -> set[str]:
    return {path.stem for path in (_APP / folder).glob("*.py")} - {"__init__"}
