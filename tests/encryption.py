"""Opens AWS Encryption SDK messages as a handler does: with the SDK and a raw AES keyring."""

import base64
from typing import Any

import aws_encryption_sdk
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import AesWrappingAlg, CreateRawAesKeyringInput
from aws_encryption_sdk import CommitmentPolicy


def decrypt(
    message: str,
    key: bytes,
    name: str,
    *,
    namespace: str = "poolhouse",
    policy: CommitmentPolicy = CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT,
) -> tuple[str, Any]:
    """The plaintext and header of a message in base64; `policy` is by default that of AWS's example handlers."""
    providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    keyring = providers.create_raw_aes_keyring(
        CreateRawAesKeyringInput(
            key_namespace=namespace,
            key_name=name,
            wrapping_key=key,
            wrapping_alg=AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16,
        )
    )
    client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy)
    plaintext, header = client.decrypt(source=base64.b64decode(message, validate=True), keyring=keyring)
    return plaintext.decode(), header
