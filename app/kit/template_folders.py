"""Templates of the operator's own, which stand in for those of the pages and messages: one folder for each pool, and `default`.

They run in Jinja2's sandbox: what a page or message is given is all that they see, and files outside of their folder are not
found. One that fails is logged, and the built-in stands in for it, so that nobody is kept from signing in.

    <folder>/<pool id>/pages/sign_in.html      for one pool
    <folder>/default/pages/sign_in.html        for all others
    <folder>/default/files/house.css           `{{ own_file("house.css") }}` is its address

A template extends or includes the built-in of the same name as `poolhouse/pages/sign_in.html`.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import structlog
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    TemplateNotFound,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.kit.resources import resource_dir
from app.kit.templates import Message, MessageContext, MessageKind, furnish, render, render_message

T = TypeVar("T")
DEFAULT = "default"
FILES = "files"
FILE_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_FOLDER = re.compile(r"[\w-]{1,45}_[0-9a-zA-Z]{1,20}|default", re.ASCII)
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LARGEST_FILE = 1_000_000
_MOST_ENVIRONMENTS = 64
_log = structlog.get_logger()


class TemplateFolders:
    """The operator's templates in a folder, or none. `reloads` sees every change at once; otherwise a start does."""

    def __init__(self, root: Path | None = None, *, reloads: bool = False) -> None:
        self._root = root
        self._reloads = reloads
        self._lock = threading.Lock()
        self._environments: OrderedDict[str, Environment | None] = OrderedDict()

    def render(self, pool_id: str, template: str, context: Mapping[str, object], locale: str) -> str:
        """A template as `templates.render` gives it, the pool's own where there is one."""
        return self._either(
            pool_id,
            template,
            lambda own: render(template, context, locale, own),
            lambda: render(template, context, locale),
        )

    def render_message(self, pool_id: str, kind: MessageKind, context: MessageContext, locale: str) -> Message:
        """A message as `templates.render_message` gives it, by the pool's own templates where there are some."""
        return self._either(
            pool_id,
            f"messages/{kind}",
            lambda own: render_message(kind, context, locale, own),
            lambda: render_message(kind, context, locale),
        )

    def find_file(self, pool_id: str, name: str) -> tuple[bytes, str] | None:
        """A file that own templates name with `own_file`, and its media type."""
        media_type = FILE_TYPES.get(Path(name).suffix.lower())
        if media_type is None or not _FILE.fullmatch(name):
            return None
        for folder in self.folders(pool_id):
            path = folder / FILES / name
            if path.is_file() and _is_within(path, folder) and path.stat().st_size <= _LARGEST_FILE:
                return path.read_bytes(), media_type
        return None

    def folders(self, pool_id: str) -> list[Path]:
        """Where a pool's own templates are looked for, in this order; empty if there are none."""
        names = [name for name in dict.fromkeys((pool_id, DEFAULT)) if _FOLDER.fullmatch(name)]
        found = [self._root / name for name in names] if self._root else []
        return [folder for folder in found if folder.is_dir()]

    @staticmethod
    def is_name(name: str) -> bool:
        """Whether a folder of this name is one of a pool, or the one for all."""
        return _FOLDER.fullmatch(name) is not None

    def version(self, pool_id: str) -> str:
        """What changes with every change to a pool's own templates and files."""
        seen = sha256()
        for folder in self.folders(pool_id):
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                status = path.stat()
                seen.update(f"{path}\0{status.st_mtime_ns}\0{status.st_size}\n".encode())
        return seen.hexdigest()[:20]

    def environment(self, pool_id: str) -> Environment | None:
        """What renders a pool's own templates, None where it has none."""
        if self._root is None:
            return None
        if self._reloads:
            return self._made(pool_id)
        with self._lock:
            if pool_id not in self._environments:
                self._environments[pool_id] = self._made(pool_id)
                if len(self._environments) > _MOST_ENVIRONMENTS:
                    self._environments.popitem(last=False)
            self._environments.move_to_end(pool_id)
            return self._environments[pool_id]

    def _made(self, pool_id: str) -> Environment | None:
        folders = self.folders(pool_id)
        if not folders:
            return None
        made = ImmutableSandboxedEnvironment(
            loader=own_loader(folders),
            autoescape=select_autoescape(("html",)),
            auto_reload=False,
            cache_size=0 if self._reloads else 400,
        )
        furnish(made)
        made.globals["own_file"] = pass_context(self._file_address(pool_id))
        return made

    def _file_address(self, pool_id: str) -> Callable[[Context, str], str]:
        def own_file(context: Context, name: str) -> str:
            found = self.find_file(pool_id, name)
            if found is None:
                raise TemplateNotFound(f"{FILES}/{name}")
            return f"{context['files_url']}?name={name}&v={sha256(found[0]).hexdigest()[:20]}"

        return own_file

    def _either(self, pool_id: str, name: str, own: Callable[[Environment], T], built_in: Callable[[], T]) -> T:
        environment = self.environment(pool_id)
        if environment is not None:
            try:
                return own(environment)
            except Exception as error:  # noqa: BLE001 - whatever a template may raise
                _log.error("own_template_failed", pool=pool_id, template=name, reason=explain(error))
        return built_in()


def own_loader(folders: list[Path]) -> BaseLoader:
    """Finds a template in the first folder that has it, else the built-in; `poolhouse/...` is always the built-in."""
    built_in = FileSystemLoader(resource_dir("templates"))
    return ChoiceLoader(
        [PrefixLoader({"poolhouse": built_in}), *(_ConfinedLoader(folder) for folder in folders), built_in]
    )


def explain(error: BaseException) -> str:
    """What went wrong in a template, and in which line of which: "pages/sign_in.html:12: 'colour' is undefined"."""
    name, line = str(getattr(error, "name", "") or ""), getattr(error, "lineno", None)
    trace: Any = error.__traceback__
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if path.endswith((".html", ".txt")):
            name, line = "/".join(Path(path).parts[-2:]), trace.tb_lineno
        trace = trace.tb_next
    place = f"{name}:{line}: " if name and line else f"{name}: " if name else ""
    reason = f"there is no {error}" if isinstance(error, TemplateNotFound) else str(error) or type(error).__name__
    return f"{place}{reason}"


class _ConfinedLoader(FileSystemLoader):
    """Does not follow a link out of its folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folder = folder

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if not _is_within(self._folder / template, self._folder):
            raise TemplateNotFound(template)
        return super().get_source(environment, template)


def _is_within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
