"""What a local function is: the members of its configuration, checked, and the command that runs it."""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SUFFIXES = {"python": (".py",), "node": (".js", ".mjs", ".cjs")}
_MEMBERS = {"code", "handler", "runtime", "environment", "memory_mb", "concurrency", "python", "node", "node_client"}
_OWN_SUFFIXES = (".py", ".js", ".mjs", ".cjs", ".json")
_NOT_OWN = frozenset({"node_modules", "__pycache__", "site-packages"})
_HANDLER = re.compile(r"[A-Za-z0-9_$][A-Za-z0-9_$./-]{0,127}")
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# Lambda reserves these too (Developer Guide, "Defined runtime environment variables"). Credentials and the region may be
# given: here no execution role provides them.
_RESERVED = re.compile(r"AWS_LAMBDA_.*|LAMBDA_.*|_.*|AWS_EXECUTION_ENV|HOME|TMPDIR")
_MOST_ENVIRONMENT_BYTES = 4096
# The server's own Python, without the virtual environment that the server may have: what runs launch.py.
INTERPRETER = Path(sys.executable).resolve()
_PARTS = ("bin", "lib", "lib64", "pyvenv.cfg")
_BOOTSTRAP = Path(__file__).with_name("bootstrap.mjs")


@dataclass(frozen=True, slots=True)
class LocalFunction:
    """A checked configuration. `root` is the folder that the handler is found in, Lambda's task root."""

    code: Path
    root: Path
    handler: str
    runtime: str
    environment: Mapping[str, str]
    memory_mb: int
    concurrency: int
    python: str
    node: str
    node_client: str

    def command(self) -> list[str]:
        """The runtime client and its arguments; raises ValueError if there is no interpreter for it."""
        if self.runtime == "python":
            return [self.python or sys.executable, "-m", "awslambdaric", self.handler]
        node = self.node or shutil.which("node")
        if not node:
            raise ValueError("node is not installed: install it, or name it in the function's configuration")
        # V8 collects garbage when its heap nears this limit, so a handler meets the limit of its process only if it must.
        heap = f"--max-old-space-size={max(64, self.memory_mb - 64)}"
        return [node, heap, str(self.client()), self.handler]

    def client(self) -> Path:
        """The runtime client of Node: AWS's own where it is configured or installed beside the handler, else ours."""
        if self.node_client:
            return _client_in(Path(self.node_client))
        beside = self.root / "node_modules" / "aws-lambda-ric"
        return _client_in(beside) if beside.is_dir() else _BOOTSTRAP

    def reads(self) -> list[Path]:
        """The files and folders, besides the system's, that a process of the function has to read."""
        interpreter = Path(self.command()[0])
        found = [self.code, *_installed(interpreter)]
        if self.runtime == "node":
            found.append(self.client() if self.client() == _BOOTSTRAP else _package_of(self.client()))
        return found


def check_local(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a local function with its defaults filled in; raises ValueError with a text for the operator.

    - `code`: absolute path of a Python or Node file, or of a folder that has the handler's module in it.
    - `handler`: Lambda's handler name, as in "index.handler" or "src/index.handler"; for a file the function's name will do.
    - `runtime`: "python" or "node"; read off the file's ending if absent.
    - `environment`: variables for the handler, 4 KB at most. It gets nothing of the server's environment.
    - `memory_mb`: 128 to 10240, 256 if absent; a process that uses more is ended.
    - `concurrency`: processes at most, 1 to 100, in each process of the server; 2 if absent.
    - `python`, `node`: absolute paths of the interpreters, if not the server's own Python, or the Node on its PATH. Another
      Python needs `awslambdaric` installed.
    - `node_client`: absolute path of an installed `aws-lambda-ric` package, if it is not in `code`'s node_modules. Without
      one, a small client of ours does the same.
    """
    unknown = set(configuration) - _MEMBERS
    if unknown:
        raise ValueError(f"a local function knows no {', '.join(sorted(unknown))}")
    code = _absolute(configuration, "code")
    if code is None:
        raise ValueError("a local function needs code: the absolute path of a file or folder")
    handler, runtime = _handler(code, configuration)
    checked: dict[str, Any] = {
        "code": str(code),
        "handler": handler,
        "runtime": runtime,
        "environment": _environment(configuration.get("environment", {})),
        "memory_mb": _number(configuration, "memory_mb", 256, 128, 10_240),
        "concurrency": _number(configuration, "concurrency", 2, 1, 100),
    }
    for member in ("python", "node", "node_client"):
        path = _absolute(configuration, member)
        if path is not None:
            checked[member] = str(path)
    if "node_client" in checked:
        _client_in(Path(checked["node_client"]))
    return checked


def parse_local(configuration: Mapping[str, Any]) -> LocalFunction:
    """A configuration as the runner reads it; raises ValueError."""
    checked = check_local(configuration)
    code = Path(checked["code"])
    paths = {name: checked.get(name, "") for name in ("python", "node", "node_client")}
    return LocalFunction(**{**checked, **paths, "code": code, "root": code if code.is_dir() else code.parent})


def changed_at(configuration: Mapping[str, Any]) -> int:
    """When the newest of a function's own source files was changed (epoch ns, 0 if there is none); not those of packages."""
    code = Path(str(configuration.get("code", "")))
    files = _sources(code) if code.is_dir() else [code]
    return max((file.stat().st_mtime_ns for file in files if file.is_file()), default=0)


def _sources(folder: Path) -> Iterator[Path]:
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _NOT_OWN and not name.startswith(".")]
        yield from (Path(path) / name for name in names if name.endswith(_OWN_SUFFIXES))


def _absolute(configuration: Mapping[str, Any], member: str) -> Path | None:
    given = configuration.get(member)
    if given is None:
        return None
    if not isinstance(given, str) or not given.isprintable() or not Path(given).is_absolute():
        raise ValueError(f"{member} must be an absolute path")
    if not Path(given).exists():
        raise ValueError(f"{member}: {given} does not exist")
    return Path(given)


def _handler(code: Path, configuration: Mapping[str, Any]) -> tuple[str, str]:
    """The full handler name and the runtime, once the module that it names is known to be there."""
    handler, runtime = configuration.get("handler"), configuration.get("runtime")
    if not isinstance(handler, str) or not _HANDLER.fullmatch(handler) or ".." in handler:
        raise ValueError("handler must be a Lambda handler name, as in index.handler")
    if runtime not in (None, *_SUFFIXES):
        raise ValueError("runtime must be python or node")
    if code.is_file() and "." not in handler:
        handler = f"{code.stem}.{handler}"
    found = [name for name in _SUFFIXES if runtime in (None, name) and _module(code, handler, name)]
    if not found:
        raise ValueError(f"no {runtime or 'Python or Node'} module for the handler {handler} in {code}")
    if len(found) > 1:
        raise ValueError(f"{code} has a Python and a Node module for {handler}: say which by runtime")
    return handler, found[0]


def _module(code: Path, handler: str, runtime: str) -> bool:
    """Whether `code` is, or has in it, the module that `handler` names."""
    name = _module_name(handler, runtime)
    if code.is_file():
        return code.suffix in _SUFFIXES[runtime] and code.stem == name
    files = [code / f"{name}{suffix}" for suffix in _SUFFIXES[runtime]]
    if runtime == "python":
        files.append(code / name / "__init__.py")
    return any(file.is_file() for file in files)


def _module_name(handler: str, runtime: str) -> str:
    if runtime == "python":  # a.b.function: the module b in the package a
        return handler.rpartition(".")[0].replace(".", "/")
    folder, slash, name = handler.rpartition("/")  # src/index.a.b: the member b of the export a of index
    return folder + slash + name.partition(".")[0]


def _environment(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise ValueError("environment must be a map of names to texts")
    for name, value in given.items():
        if not isinstance(name, str) or not _VARIABLE.fullmatch(name) or _RESERVED.fullmatch(name):
            raise ValueError(f"environment: {name} is no name, or one that the runtime sets itself")
        if not isinstance(value, str) or "\0" in value:
            raise ValueError(f"environment: the value of {name} must be a text")
    if len("".join(f"{name}={value}" for name, value in given.items()).encode()) > _MOST_ENVIRONMENT_BYTES:
        raise ValueError(f"environment: no more than {_MOST_ENVIRONMENT_BYTES} bytes, as in Lambda")
    return dict(given)


def _number(configuration: Mapping[str, Any], member: str, default: int, least: int, most: int) -> int:
    given = configuration.get(member, default)
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        raise ValueError(f"{member} must be a whole number from {least} to {most}")
    return given


def _client_in(package: Path) -> Path:
    """The program that an installed aws-lambda-ric names in its package.json."""
    try:
        described = json.loads((package / "package.json").read_text(encoding="utf-8"))
        program = package / str(described["bin"]["aws-lambda-ric"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{package} is no installed aws-lambda-ric") from error
    if not program.is_file():
        raise ValueError(f"{program} is missing: aws-lambda-ric is not installed whole")
    return program


def _package_of(program: Path) -> Path:
    """The folder to read so that `program` finds its package and what that depends on, installed beside it."""
    package = next(folder for folder in program.parents if (folder / "package.json").is_file())
    return package.parent if package.parent.name == "node_modules" else package


def parts_of(prefix: Path) -> list[Path]:
    """What a program needs of the folder that it was installed to; whatever else is kept there is not the function's."""
    return [prefix / part for part in _PARTS if (prefix / part).exists()]


def _installed(interpreter: Path) -> list[Path]:
    """The files and folders of an interpreter: a virtual environment's, and those of the one that it was made from."""
    found = []
    for path in (interpreter, interpreter.resolve()):
        prefix = path.parent.parent
        is_whole = path.parent.name == "bin" and ((prefix / "lib").is_dir() or (prefix / "pyvenv.cfg").is_file())
        found += parts_of(prefix) if is_whole else [path]
    if str(interpreter) == sys.executable:
        found += parts_of(Path(sys.base_prefix))
    return found
