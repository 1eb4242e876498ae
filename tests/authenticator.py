"""An authenticator and the browser around it, in software: its responses can be wrong in any part."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

ORIGIN = "http://localhost:3000"
ES256, RS256 = -7, -257
UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Json = dict[str, Any]


@dataclass
class Credential:
    """A key pair in the authenticator."""

    rp_id: str
    credential_id: bytes
    user_handle: bytes
    key: PrivateKey
    count: int


@dataclass
class Authenticator:
    """Keeps credentials. `flags` are those of its authenticator data; with `counts` every signature raises its counter."""

    origin: str = ORIGIN
    algorithm: int = ES256
    attachment: str | None = "platform"
    transports: tuple[str, ...] = ("internal",)
    flags: int = UP | UV
    counts: bool = True
    aaguid: bytes = bytes(16)
    credentials: dict[bytes, Credential] = field(default_factory=dict)

    def create(self, options: Json, **changes: Any) -> Json:
        """navigator.credentials.create() with PublicKeyCredentialCreationOptionsJSON; RegistrationResponseJSON.

        `changes`: origin, challenge, rp_id, flags, client_data (members), key, public_key (COSE_Key), credential_id,
        attestation (members), extensions (bytes behind the key).
        """
        credential = Credential(
            options["rp"]["id"],
            changes.get("credential_id") or os.urandom(16),
            base64url_to_bytes(options["user"]["id"]),
            changes.get("key") or self.new_key(),
            0,
        )
        self.credentials[credential.credential_id] = credential
        attested = (
            self.aaguid
            + len(credential.credential_id).to_bytes(2, "big")
            + credential.credential_id
            + (changes.get("public_key") or encode_cbor(self.cose(credential.key)))
            + changes.get("extensions", b"")
        )
        flags = changes.get("flags", self.flags | AT)
        data = self._data(changes.get("rp_id", credential.rp_id), flags, self._next(credential)) + attested
        attestation = {"fmt": "none", "attStmt": {}, "authData": data, **changes.get("attestation", {})}
        response = {
            "clientDataJSON": self._client_data("webauthn.create", options, changes),
            "attestationObject": bytes_to_base64url(encode_cbor(attestation)),
            "transports": list(self.transports),
        }
        return self._credential(credential, response)

    def get(self, options: Json, **changes: Any) -> Json:
        """navigator.credentials.get() with PublicKeyCredentialRequestOptionsJSON; AuthenticationResponseJSON.

        `changes`: origin, challenge, rp_id, flags, client_data (members), count, key, user_handle (None for none), credential,
        extensions (bytes behind the counter).
        """
        credential = changes.get("credential") or self._allowed(options)
        flags = changes.get("flags", self.flags)
        count = changes.get("count")
        data = self._data(
            changes.get("rp_id", credential.rp_id), flags, self._next(credential) if count is None else count
        ) + changes.get("extensions", b"")
        client_data = self._client_data("webauthn.get", options, changes)
        signed = data + hashlib.sha256(base64url_to_bytes(client_data)).digest()
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(_sign(changes.get("key") or credential.key, signed)),
        }
        handle = changes.get("user_handle", credential.user_handle)
        if handle is not None:
            response["userHandle"] = bytes_to_base64url(handle)
        return self._credential(credential, response)

    def new_key(self) -> PrivateKey:
        """A key pair of the authenticator's algorithm."""
        if self.algorithm == ES256:
            return ec.generate_private_key(ec.SECP256R1())
        return rsa.generate_private_key(65_537, 2_048)

    def cose(self, key: PrivateKey) -> dict[int, Any]:
        """The COSE_Key of a private key's public half."""
        if isinstance(key, ec.EllipticCurvePrivateKey):
            point = key.public_key().public_numbers()
            size = (key.curve.key_size + 7) // 8
            curve = {256: 1, 384: 2, 521: 3}[key.curve.key_size]
            x, y = point.x.to_bytes(size, "big"), point.y.to_bytes(size, "big")
            return {1: 2, 3: self.algorithm, -1: curve, -2: x, -3: y}
        numbers = key.public_key().public_numbers()
        return {1: 3, 3: self.algorithm, -1: _bytes(numbers.n), -2: _bytes(numbers.e)}

    def _allowed(self, options: Json) -> Credential:
        """The credential that a browser would take: one that is allowed, or with none named any of the relying party."""
        named = [base64url_to_bytes(one["id"]) for one in options.get("allowCredentials") or ()]
        fitting = [one for one in self.credentials.values() if one.rp_id == options["rpId"]]
        found = [one for one in fitting if not named or one.credential_id in named]
        if not found:
            raise LookupError("NotAllowedError")
        return found[0]

    def _next(self, credential: Credential) -> int:
        credential.count += int(self.counts)
        return credential.count

    def _data(self, rp_id: str, flags: int, count: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: Json, changes: Mapping[str, Any]) -> str:
        told = {
            "type": kind,
            "challenge": changes.get("challenge", options["challenge"]),
            "origin": changes.get("origin", self.origin),
            "crossOrigin": False,
            **changes.get("client_data", {}),
        }
        return bytes_to_base64url(
            json.dumps({name: value for name, value in told.items() if value is not None}).encode()
        )

    def _credential(self, credential: Credential, response: Json) -> Json:
        text = bytes_to_base64url(credential.credential_id)
        made: Json = {
            "id": text,
            "rawId": text,
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        }
        return made | ({"authenticatorAttachment": self.attachment} if self.attachment else {})


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _sign(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(SHA256()))
    return key.sign(data, padding.PKCS1v15(), SHA256())
