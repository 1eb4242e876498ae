"""The commands of `poolhouse`, one file each: they read settings, open resources and run what is below.

`__main__` only names them and their options, and imports a command with its first use: all that a command needs takes
longer than most of them run. May import: main and everything below it.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.commands import (
        access,
        dev,
        doctor,
        environment,
        functions,
        messages,
        migrate,
        operations,
        run_jobs,
        sender_keys,
        serve,
        templates,
    )

__all__ = [
    "access",
    "dev",
    "doctor",
    "environment",
    "functions",
    "messages",
    "migrate",
    "operations",
    "run_jobs",
    "sender_keys",
    "serve",
    "templates",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(name)
