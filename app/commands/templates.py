"""`poolhouse templates check`: the operator's own page and message templates with sample data. Needs no database."""

from collections.abc import Callable
from pathlib import Path

from app.commands.environment import read_settings
from app.commands.refusal import Refusal
from app.kit.template_folders import DEFAULT, TemplateFolders
from app.web.pages.template_checks import check_templates, unused_templates


def check(folder: Path | None, pool_id: str | None, tell: Callable[[str], object]) -> int:
    """Tells what breaks, a line each, and gives the exit status: 1 if something does. Raises Refusal without a folder."""
    root = folder or read_settings(mode="serve").templates
    if root is None:
        raise Refusal("there are no own templates to check: set POOLHOUSE_TEMPLATES, or name a folder with --folder")
    if not root.is_dir():
        raise Refusal(f"{root} is no folder")
    names = [pool_id] if pool_id else sorted(path.name for path in root.iterdir() if path.is_dir())
    found = 0
    for name in names:
        found += _check(TemplateFolders(root), name, tell)
    tell(f"{found} problems" if found != 1 else "1 problem")
    return 1 if found else 0


def _check(folders: TemplateFolders, name: str, tell: Callable[[str], object]) -> int:
    """One folder, by the id of its pool. A pool without one has what is in `default`."""
    if not folders.is_name(name):
        tell(f"{name}: is neither `{DEFAULT}` nor the id of a user pool")
        return 1
    problems = check_templates(folders, name)
    for problem in problems:
        tell(f"{name}: {problem}")
    for unused in unused_templates(folders, name):
        tell(f"{name}: note: {unused} is used by no page or message")
    return len(problems)
