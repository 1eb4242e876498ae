"""AWS Encryption SDK messages: the SDK opens them with the key, its namespace and its name, and not otherwise."""

import base64
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from sqlalchemy import select

from app.flows.work import Resources
from app.gateways.encryption import encrypt
from tests.encryption import decrypt

NAME = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = os.urandom(32)
CONTEXT = {"userpool-id": "us-east-1_Example01"}


@pytest.mark.parametrize("policy", list(CommitmentPolicy))
def test_every_commitment_policy_opens_it(policy: CommitmentPolicy) -> None:
    plaintext, header = decrypt(encrypt(KEY, NAME, "123456", CONTEXT), KEY, NAME, policy=policy)
    assert plaintext == "123456"
    assert header.algorithm.name == "AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384"
    assert header.encryption_context.items() >= CONTEXT.items()


def test_any_text_comes_back() -> None:
    text = "p\u00e4ss &lt; \U0001f600" * 20
    assert decrypt(encrypt(KEY, NAME, text, {}), KEY, NAME)[0] == text


@pytest.mark.parametrize(
    "other",
    [{"key": os.urandom(32)}, {"name": NAME + "0"}, {"namespace": "another"}],
    ids=["key", "name", "namespace"],
)
def test_nothing_else_opens_it(other: dict[str, Any]) -> None:
    given: dict[str, Any] = {"key": KEY, "name": NAME, **other}
    with pytest.raises(AWSEncryptionSDKClientError):
        decrypt(encrypt(KEY, NAME, "123456", CONTEXT), **given)


def test_a_changed_message_does_not_open() -> None:
    message = bytearray(base64.b64decode(encrypt(KEY, NAME, "123456", CONTEXT)))
    message[message.index(b"Example01")] ^= 1
    with pytest.raises(AWSEncryptionSDKClientError):
        decrypt(base64.b64encode(message).decode(), KEY, NAME)


def test_the_plaintext_is_not_in_it() -> None:
    message = base64.b64decode(encrypt(KEY, NAME, "a-password-of-some-length", CONTEXT))
    assert b"password" not in message
    assert KEY not in message
    assert NAME.encode() in message


def test_threads_do_not_disturb_each_other() -> None:
    def round_trip(number: int) -> bool:
        key, text = os.urandom(32), f"{number:06}"
        return decrypt(encrypt(key, NAME, text, CONTEXT), key, NAME)[0] == text

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(round_trip, range(64)))


def test_not_within_a_segment(resources: Resources) -> None:
    with resources.database.read() as db:
        db.execute(select(1))
        with pytest.raises(RuntimeError, match="encryption inside a database segment"):
            encrypt(KEY, NAME, "123456", CONTEXT)


def test_a_server_that_does_not_encrypt_does_not_load_the_library() -> None:
    told = (
        "import sys, app.__main__, app.main; app.main.warm_up();"
        "print([name for name in sys.modules if name.startswith(('aws_encryption_sdk', 'aws_crypto', '_dafny'))])"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
