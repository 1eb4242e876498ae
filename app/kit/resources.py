"""Where the files that are not Python live: page and message templates, translations, database migrations."""

from functools import cache
from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def resource_dir(name: Literal["templates", "locales", "migrations"]) -> Path:
    """Return the folder `name`: inside the package when installed from a wheel, beside it in a checkout.

    Raises FileNotFoundError when neither is there, which means a broken installation.
    """
    for folder in (_PACKAGE / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"Poolhouse's {name} folder is missing: reinstall the package ({_PACKAGE / name})")
