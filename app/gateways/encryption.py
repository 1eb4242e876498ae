"""AWS Encryption SDK messages: how Cognito hands a code to a pool's own sender (Developer Guide, "Custom sender Lambda
triggers").

Where Cognito has a KMS key there is a raw AES-256 key here, which handlers open with a raw AES keyring of that namespace
and name (https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/use-raw-aes-keyring.html).
"""

import base64
import importlib
from collections.abc import Mapping
from typing import Any

from app.kit.segments import check_outside_segment

KEY_NAMESPACE = "poolhouse"
_SDK = "aws_encryption_sdk"
_MPL = "aws_cryptographic_material_providers.mpl"


def encrypt(key: bytes, key_name: str, plaintext: str, context: Mapping[str, str]) -> str:
    """The message in base64, under a 32-byte key that the message calls `key_name`; `context` is readable in it.

    The algorithm suite is the SDK's default, with key commitment and a signature: SDKs from version 2.0 on open it under
    any commitment policy. Not within a segment.

    The first call in a process loads the SDK, which takes seconds and 85 MB; a later one takes some milliseconds.
    """
    check_outside_segment("encryption")
    # Imported here: a server without senders does without its memory.
    sdk = importlib.import_module(_SDK)
    client = sdk.EncryptionSDKClient(commitment_policy=sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    ciphertext, _ = client.encrypt(
        source=plaintext.encode(), keyring=_keyring(key, key_name), encryption_context=dict(context)
    )
    return base64.b64encode(ciphertext).decode()


def _keyring(key: bytes, key_name: str) -> Any:
    """A keyring for one message: the library does not say that threads may share one."""
    providers = importlib.import_module(_MPL)
    models = importlib.import_module(f"{_MPL}.models")
    configuration = importlib.import_module(f"{_MPL}.config").MaterialProvidersConfig()
    return providers.AwsCryptographicMaterialProviders(config=configuration).create_raw_aes_keyring(
        models.CreateRawAesKeyringInput(
            key_namespace=KEY_NAMESPACE,
            key_name=key_name,
            wrapping_key=key,
            wrapping_alg=models.AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16,
        )
    )
