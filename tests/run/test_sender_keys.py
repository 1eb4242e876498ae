"""`poolhouse sender-keys` as people run it."""

import base64

import pytest

from tests.run.processes import run

pytestmark = pytest.mark.slow
KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def test_a_key_from_its_making_to_its_end(settings: dict[str, str]) -> None:
    made = run("sender-keys", "create", "--arn", KEY_ARN, **settings)
    assert (made.returncode, made.stdout.strip()) == (0, KEY_ARN), made.stderr
    assert KEY_ARN in run("sender-keys", "list", **settings).stdout
    shown = run("sender-keys", "export", KEY_ARN, **settings).stdout
    variables = dict(line.split("=", maxsplit=1) for line in shown.splitlines())
    assert len(base64.b64decode(variables.pop("WRAPPING_KEY"), validate=True)) == 32
    assert variables == {"KEY_NAMESPACE": "poolhouse", "KEY_NAME": KEY_ARN}
    assert run("sender-keys", "delete", KEY_ARN, **settings).returncode == 0
    gone = run("sender-keys", "export", KEY_ARN, **settings)
    assert (gone.returncode, gone.stdout) == (2, "")
    assert "does not exist" in gone.stderr
    assert "Traceback" not in gone.stderr
