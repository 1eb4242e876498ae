"""Secrets do not stay in the environment, and names that look like ours and are not are found."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.commands.environment import malformed, read_settings, unknown_variables
from app.commands.refusal import Refusal
from app.commands.refusals import of_server
from app.kit.settings import Settings

SECRETS = [
    f"POOLHOUSE_{name.upper()}"
    for name, field in Settings.model_fields.items()
    if field.annotation is SecretStr or name == "database_url"
]


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("POOLHOUSE_")]:
        monkeypatch.delenv(name)


def test_a_template_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert malformed(read_settings(mode="serve", templates=tmp_path)) == []
    assert malformed(read_settings(mode="serve", templates=tmp_path / "none")) == [
        f"POOLHOUSE_TEMPLATES: {tmp_path / 'none'} is no folder"
    ]


def test_a_list_of_functions_that_names_none_is_told() -> None:
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:sign-up"
    assert malformed(read_settings(mode="serve", lambda_allow=f"{arn}, {arn}:live,arn:aws:lambda:eu-west-1:*")) == []
    (told,) = malformed(read_settings(mode="serve", lambda_allow=f"{arn},sign-up"))
    assert told.startswith("POOLHOUSE_LAMBDA_ALLOW: sign-up is neither the ARN of a Lambda function")


def test_secrets_are_read_once_and_inherited_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(SECRETS) >= 5
    for name in SECRETS:
        monkeypatch.setenv(name, f"secret-{name}")
    monkeypatch.setenv("POOLHOUSE_REGION", "eu-central-1")
    settings = read_settings(mode="serve")
    assert settings.database_url == "secret-POOLHOUSE_DATABASE_URL"
    assert settings.master_key.get_secret_value() == "secret-POOLHOUSE_MASTER_KEY"
    child = subprocess.run(
        [sys.executable, "-c", "import os; print(os.environ)"], capture_output=True, text=True, check=True
    )
    assert "eu-central-1" in child.stdout
    assert "secret-" not in child.stdout
    assert "secret-" not in repr(settings.model_copy(update={"database_url": ""}))


def test_secrets_go_even_when_another_setting_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, f"secret-{name}")
    monkeypatch.setenv("POOLHOUSE_WORKERS", "many")
    with pytest.raises(Refusal, match="POOLHOUSE_WORKERS"):
        read_settings(mode="serve", check=of_server)
    assert not [name for name in SECRETS if name in os.environ]


def test_what_cannot_be_read_hides_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POOLHOUSE_WORKERS", "many")
    monkeypatch.setenv("POOLHOUSE_LOG_LEVEL", "loud")
    with pytest.raises(Refusal) as caught:
        read_settings(mode="serve", check=of_server)
    told = {line.split(":")[0].split(" ")[0] for line in caught.value.lines}
    assert told >= {f"POOLHOUSE_{name}" for name in ("WORKERS", "LOG_LEVEL", "BASE_URL", "DATABASE_URL", "MASTER_KEY")}


def test_names_that_are_misspelt_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unknown_variables() == []
    monkeypatch.setenv("POOLHOUSE_WORKRES", "4")
    monkeypatch.setenv("POOLHOUSE_WORKERS", "4")
    monkeypatch.setenv("POOLHOUSE_MODE", "dev")
    assert unknown_variables() == ["POOLHOUSE_MODE", "POOLHOUSE_WORKRES"]


def test_settings_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As Docker and systemd hand them over, and as Kubernetes does: by links within the folder."""
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "poolhouse_smtp_url").write_text("smtps://user:from-a-file@mail.example\n")
    (tmp_path / "poolhouse_smtp_url").symlink_to("..data/poolhouse_smtp_url")
    (tmp_path / "poolhouse_root_secret_access_key").write_text("from-a-file")
    (tmp_path / "poolhouse_region").write_text("eu-west-1")
    (tmp_path / "smtp_url").write_text("of somebody else")
    monkeypatch.setenv("POOLHOUSE_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("POOLHOUSE_REGION", "eu-central-1")
    settings = read_settings(mode="serve")
    assert settings.smtp_url.get_secret_value() == "smtps://user:from-a-file@mail.example"
    assert settings.root_secret_access_key.get_secret_value() == "from-a-file"
    assert settings.region == "eu-central-1", "a variable comes first"
    assert unknown_variables() == []


def test_files_that_cannot_be_read_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    monkeypatch.setenv("POOLHOUSE_SECRETS_DIR", str(folder))
    monkeypatch.setenv("POOLHOUSE_MASTER_KEY", "secret-of-the-environment")
    with pytest.raises(Refusal) as caught:
        read_settings(mode="serve")
    assert caught.value.lines == (f"POOLHOUSE_SECRETS_DIR: {folder} is no folder",)
    assert "POOLHOUSE_MASTER_KEY" not in os.environ
    folder.mkdir()
    (folder / "poolhouse_workers").write_text("many")
    with pytest.raises(Refusal, match="POOLHOUSE_WORKERS: Input should be a valid integer"):
        read_settings(mode="serve")
    (folder / "poolhouse_smtp_url").write_bytes(b"\xff")
    with pytest.raises(Refusal, match="POOLHOUSE_SECRETS_DIR: a file in it cannot be read"):
        read_settings(mode="serve")
