"""Every setting is documented in README.md, and every variable that README.md names is a setting."""

import re
from pathlib import Path

from app.kit.settings import Settings

_README = Path(__file__).resolve().parents[2] / "README.md"
# Set by the command, not by the environment.
_INTERNAL = {"mode"}
# Not settings of the server: read by the test suite.
_OTHERS = {"POOLHOUSE_TEST_DATABASE"}


def test_every_setting_is_documented() -> None:
    named = set(re.findall(r"POOLHOUSE_[A-Z0-9_]*[A-Z0-9]", _README.read_text(encoding="utf-8")))
    settings = {f"POOLHOUSE_{name.upper()}" for name in Settings.model_fields if name not in _INTERNAL}
    assert settings - named == set(), "not documented"
    assert named - settings - _OTHERS == set(), "documented, but no setting"


def test_every_setting_says_what_it_is() -> None:
    assert not [name for name, field in Settings.model_fields.items() if not field.description]
