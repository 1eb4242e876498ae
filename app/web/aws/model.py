"""Service models: botocore's pinned ones as data, and our own in the same format.

The files are read without botocore's loader. That one would also look into ~/.aws/models and AWS_DATA_PATH, and what
this server accepts must not depend on them; it also brings botocore's whole client side into every worker's memory.
"""

import gzip
from pathlib import Path
from typing import Any

import botocore
import orjson

_OURS = Path(__file__).parent / "models"
_BOTOCORE = Path(botocore.__file__).parent / "data"


def load_model(service: str) -> dict[str, Any]:
    """The newest `service-2` model of a service, ours before botocore's; raises LookupError for an unknown one."""
    for folder in (_OURS / service, _BOTOCORE / service):
        for version in sorted(folder.glob("*"), reverse=True):
            found = _read(version)
            if found is not None:
                return found
    raise LookupError(f"no service model named {service!r}")


def _read(version: Path) -> dict[str, Any] | None:
    plain, packed = version / "service-2.json", version / "service-2.json.gz"
    if plain.is_file():
        content = plain.read_bytes()
    elif packed.is_file():
        content = gzip.decompress(packed.read_bytes())
    else:
        return None
    model: dict[str, Any] = orjson.loads(content)
    _drop_texts(model)
    return model


def _drop_texts(model: Any) -> None:
    """Drops the documentation, which is most of a model; nothing reads it here and every process would keep it."""
    if isinstance(model, dict):
        if isinstance(model.get("documentation"), str):
            del model["documentation"]
        for value in model.values():
            _drop_texts(value)
    elif isinstance(model, list):
        for value in model:
            _drop_texts(value)
