"""The first hour that README.md promises: its lines run as they stand, in a folder with the dev server's data."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients

README = Path(__file__).parents[2] / "README.md"
_BLOCK = re.compile(r"^```python\n(# first hour\n.*?)^```$", re.MULTILINE | re.DOTALL)


def _blocks() -> list[str]:
    return _BLOCK.findall(README.read_text(encoding="utf-8"))


def test_there_is_a_first_hour_with_boto3_and_with_oidc() -> None:
    blocks = _blocks()
    assert any("boto3" in block for block in blocks)
    assert any("openid-configuration" in block for block in blocks)


@pytest.mark.parametrize("number", range(max(len(_blocks()), 1)))
def test_the_lines_run(number: int, server: DevServer, tmp_path: Path) -> None:
    (tmp_path / ".poolhouse").symlink_to(server.folder)
    # A reader's server listens on the default port.
    lines = _blocks()[number].replace("http://localhost:9229", server.facts.endpoint)
    command = [sys.executable, "-W", "error", "-c", lines]
    done = subprocess.run(
        command, cwd=tmp_path, env=server.aws_environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip(), "a reader sees that it worked"
