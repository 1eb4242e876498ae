"""A handler in a folder, with a module and a file beside it."""

import json
from pathlib import Path
from typing import Any

import rules  # type: ignore[import-not-found]  # found by Lambda beside the handler


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    texts = json.loads((Path(__file__).parent / "texts.json").read_text(encoding="utf-8"))
    event["response"] = {"autoConfirmUser": rules.is_ours(event["request"]["email"]), "text": texts["greeting"]}
    return event
