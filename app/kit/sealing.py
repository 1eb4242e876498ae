"""Sealing of secrets at rest with AES-256-GCM.

A blob is `version (1) | key id (8) | nonce (12) | ciphertext and tag`. The associated data names the place the blob belongs
to (table, pool, row, column), so a blob copied to another row does not open. Each pool has its own random data key, sealed
by the master key; each purpose uses its own key derived from it (HKDF-SHA-256, RFC 5869), so destroying one row destroys
everything a pool had sealed.
"""

import base64
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 1
KEY_ID_BYTES = 8
KEY_BYTES = 32
_NONCE_BYTES = 12
_HEADER_BYTES = 1 + KEY_ID_BYTES


class SealError(ValueError):
    """The blob is damaged, belongs elsewhere, or was sealed under another key."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A 256-bit AES key with the id that its blobs carry."""

    key_id: bytes
    key: bytes

    def seal(self, associated_data: str, plaintext: bytes) -> bytes:
        header = bytes([VERSION]) + self.key_id
        nonce = os.urandom(_NONCE_BYTES)
        return header + nonce + AESGCM(self.key).encrypt(nonce, plaintext, header + associated_data.encode())

    def unseal(self, associated_data: str, blob: bytes) -> bytes:
        """The plaintext; raises SealError."""
        if blob[:1] != bytes([VERSION]) or blob_key_id(blob) != self.key_id:
            raise SealError("sealed under another key")
        header, nonce, ciphertext = (
            blob[:_HEADER_BYTES],
            blob[_HEADER_BYTES : _HEADER_BYTES + 12],
            blob[_HEADER_BYTES + 12 :],
        )
        try:
            return AESGCM(self.key).decrypt(nonce, ciphertext, header + associated_data.encode())
        except (InvalidTag, ValueError):
            raise SealError("the blob does not open") from None

    def derive(self, purpose: str) -> "SealingKey":
        """The key of one purpose. It keeps the id of its parent, which is what a blob needs to find it again."""
        derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"poolhouse/" + purpose.encode()).derive(self.key)
        return SealingKey(self.key_id, derived)


def blob_key_id(blob: bytes) -> bytes:
    """The id of the key that sealed the blob."""
    return blob[1:_HEADER_BYTES]


def new_data_key() -> SealingKey:
    """A fresh random key with a random id."""
    return SealingKey(os.urandom(KEY_ID_BYTES), os.urandom(KEY_BYTES))


def master_key(encoded: str) -> SealingKey:
    """The master key from its base64 text of 32 bytes; raises ValueError. Its id is derived from it, so it needs no storage."""
    try:
        key = base64.urlsafe_b64decode(encoded.strip().replace("+", "-").replace("/", "_") + "==")
    except ValueError:
        raise ValueError("the master key is not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError("the master key must be 32 bytes in base64")
    key_id = HKDF(SHA256(), KEY_ID_BYTES, salt=None, info=b"poolhouse/master key id").derive(key)
    return SealingKey(key_id, key)


def new_master_key() -> str:
    """A new master key as text for the settings."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()
