"""WebAuthn ceremonies: the options that clients are given, and what the responses of their authenticators prove. Pure.

W3C Web Authentication Level 3, sections 7.1 and 7.2. As with Cognito, ES256 and RS256 only, and discoverable credentials.
No attestation is asked for, and what comes all the same is dropped as clients drop it: it would prove the maker of the
authenticator, which nobody asks. An origin fits when its host is the relying party id or below it; ports do not count, as
they do not for relying party ids.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    encode_cbor,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_authenticator_data,
    parse_cbor,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorData,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.core.authenticator_data import check_authenticator_data, check_plain
from app.kit.errors import (
    AppError,
    InvalidParameterException,
    WebAuthnChallengeNotFoundException,
    WebAuthnCredentialNotSupportedException,
    WebAuthnOriginNotAllowedException,
    WebAuthnRelyingPartyMismatchException,
)

CHALLENGE_BYTES = 32
REGISTRATION_TIMEOUT_MS = 60_000
_ALGORITHMS = [COSEAlgorithmIdentifier.ECDSA_SHA_256, COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256]
_RSA_BITS = range(2_048, 4_097)
_EXPONENTS_END = 2**32
# The whole response is written to the audit trail.
_MAX_BYTES = 65_536
# Of what is decoded. Ids have at most 1,023 bytes (section 5.1). An attestation object has a few hundred bytes without an
# attestation, and some 6 KB with a chain of certificates.
_MAX_CHARACTERS = {
    "id": 1_364,
    "rawId": 1_364,
    "clientDataJSON": 8_192,
    "attestationObject": 32_768,
    "authenticatorData": 8_192,
    "signature": 2_048,
    "userHandle": 128,
}
_ORIGIN = re.compile(r"(https?)://([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::[0-9]{1,5})?")


class CeremonyError(Exception):
    """A response that is not accepted; `error` is what the API says of it."""

    def __init__(self, error: AppError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom a passkey is for. `requires_verification`: the authenticator must have verified its user (biometrics, PIN).

    `own_origin` may use the id wherever it is: browsers ask the id's host for leave (section 5.11, related origins).
    """

    rp_id: str
    requires_verification: bool
    own_origin: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """The user as the authenticator keeps it: the user handle (at most 64 bytes), and two names to show."""

    handle: bytes
    name: str
    display_name: str


@dataclass(frozen=True, slots=True)
class KnownCredential:
    """A credential that clients are told of: its id in base64url, and how its authenticator can be reached."""

    credential_id: str
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What a registration has proven. `credential_id` in base64url, `public_key` a COSE_Key."""

    credential_id: str
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    aaguid: str
    attachment: str | None
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a sign-in has proven. Whether `sign_count` may follow the one that is known is not checked here."""

    sign_count: int
    backed_up: bool
    user_verified: bool


def creation_options(
    party: RelyingParty, account: Account, challenge: bytes, excluded: Iterable[KnownCredential]
) -> dict[str, Any]:
    """PublicKeyCredentialCreationOptionsJSON."""
    selection = AuthenticatorSelectionCriteria(
        resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_verification(party)
    )
    options = generate_registration_options(
        rp_id=party.rp_id,
        rp_name=party.rp_id,
        user_id=account.handle,
        user_name=account.name,
        user_display_name=account.display_name,
        challenge=challenge,
        timeout=REGISTRATION_TIMEOUT_MS,
        authenticator_selection=selection,
        exclude_credentials=_descriptors(excluded),
        supported_pub_key_algs=_ALGORITHMS,
    )
    return options_to_json_dict(options)


def request_options(
    party: RelyingParty, challenge: bytes, allowed: Iterable[KnownCredential], timeout_ms: int
) -> dict[str, Any]:
    """PublicKeyCredentialRequestOptionsJSON."""
    options = generate_authentication_options(
        rp_id=party.rp_id,
        challenge=challenge,
        timeout=timeout_ms,
        allow_credentials=_descriptors(allowed),
        user_verification=_verification(party),
    )
    return options_to_json_dict(options)


def verify_registration(party: RelyingParty, challenge: bytes, response: object) -> NewCredential:
    """Checks a RegistrationResponseJSON; raises CeremonyError."""
    members = _members(response)
    with _well_formed():
        credential = parse_registration_credential_json(members)
        bare = _without_statement(credential.response.attestation_object)
        data = _parsed(parse_cbor(bare)["authData"])
    origin = _checked_origin(credential.response.client_data_json, "webauthn.create", party, challenge)
    _check_authenticator(data, party)
    if data.attested_credential_data is None or data.attested_credential_data.credential_id != credential.raw_id:
        raise _malformed()
    _check_key(data.attested_credential_data.credential_public_key)
    with _well_formed():
        verified = verify_registration_response(
            credential=replace(credential, response=replace(credential.response, attestation_object=bare)),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=origin,
            require_user_verification=party.requires_verification,
            supported_pub_key_algs=_ALGORITHMS,
        )
    return NewCredential(
        credential_id=bytes_to_base64url(verified.credential_id),
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        backup_eligible=data.flags.be,
        backed_up=verified.credential_backed_up,
        aaguid=verified.aaguid,
        attachment=credential.authenticator_attachment and credential.authenticator_attachment.value,
        transports=tuple(sorted({transport.value for transport in credential.response.transports or ()})),
    )


def parse_assertion(response: object) -> AuthenticationCredential:
    """An AuthenticationResponseJSON, for `verify_assertion`; nothing of it is proven yet. Raises CeremonyError."""
    members = _members(response)
    with _well_formed():
        return parse_authentication_credential_json(members)


def verify_assertion(
    party: RelyingParty,
    challenge: bytes,
    credential: AuthenticationCredential,
    *,
    public_key: bytes,
    backup_eligible: bool,
    handle: bytes,
) -> Assertion:
    """Checks what `parse_assertion` gave against the credential that is registered under its id; raises CeremonyError."""
    origin = _checked_origin(credential.response.client_data_json, "webauthn.get", party, challenge)
    with _well_formed():
        data = _parsed(credential.response.authenticator_data)
    _check_authenticator(data, party)
    if data.flags.be != backup_eligible or credential.response.user_handle not in (None, handle):
        raise _malformed()
    with _well_formed():
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=origin,
            credential_public_key=public_key,
            # The counter is compared where it is stored, by one statement.
            credential_current_sign_count=0,
            require_user_verification=party.requires_verification,
        )
    return Assertion(verified.new_sign_count, verified.credential_backed_up, verified.user_verified)


def is_origin_of(origin: str, rp_id: str) -> bool:
    """Whether an origin may use a relying party id: https on its host or below, or http on localhost."""
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        return False
    scheme, host = found.groups()
    is_local = host == "localhost" or host.endswith(".localhost")
    return (host == rp_id or host.endswith(f".{rp_id}")) and (scheme == "https" or is_local)


@contextmanager
def _well_formed() -> Iterator[None]:
    """On its way through hostile bytes the library raises its own errors, and whatever Python raises."""
    try:
        yield
    except (WebAuthnException, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise _malformed() from None


def _malformed() -> CeremonyError:
    return CeremonyError(InvalidParameterException("The passkey credential is not valid."))


def _unsupported(text: str) -> CeremonyError:
    return CeremonyError(WebAuthnCredentialNotSupportedException(text))


def _members(response: object) -> dict[str, Any]:
    """The response as an object that is no longer than any real one, nor is a part of it."""
    if not isinstance(response, dict) or not isinstance(response.get("response"), dict):
        raise _malformed()
    with _well_formed():
        size = len(orjson.dumps(response))
    if size > _MAX_BYTES:
        raise _malformed()
    parts = {**response["response"], "id": response.get("id"), "rawId": response.get("rawId")}
    if any(len(part) > _MAX_CHARACTERS.get(name, len(part)) for name, part in parts.items() if isinstance(part, str)):
        raise _malformed()
    return response


def _checked_origin(client_data: bytes, kind: str, party: RelyingParty, challenge: bytes) -> str:
    """The origin that client data tells of, once they are of this ceremony and the origin may use the relying party id."""
    with _well_formed():
        told = orjson.loads(client_data)
    if not isinstance(told, dict) or told.get("type") != kind:
        raise _malformed()
    if told.get("challenge") != bytes_to_base64url(challenge):
        raise CeremonyError(WebAuthnChallengeNotFoundException())
    origin = told.get("origin")
    # Nobody is expected to be asked within a frame of another site (section 7.1 step 10, section 7.2 step 13).
    is_framed = told.get("crossOrigin", False) is not False or "topOrigin" in told
    if not isinstance(origin, str) or is_framed:
        raise CeremonyError(WebAuthnOriginNotAllowedException())
    if not is_origin_of(origin, party.rp_id) and not (party.own_origin and origin == party.own_origin):
        raise CeremonyError(WebAuthnOriginNotAllowedException())
    return origin


def _without_statement(attestation_object: bytes) -> bytes:
    """The attestation object with format "none"."""
    check_plain(attestation_object)
    return encode_cbor({"fmt": "none", "attStmt": {}, "authData": parse_cbor(attestation_object)["authData"]})


def _parsed(authenticator_data: bytes) -> AuthenticatorData:
    check_authenticator_data(authenticator_data)
    return parse_authenticator_data(authenticator_data)


def _check_authenticator(data: AuthenticatorData, party: RelyingParty) -> None:
    if data.rp_id_hash != hashlib.sha256(party.rp_id.encode()).digest():
        raise CeremonyError(WebAuthnRelyingPartyMismatchException())
    if party.requires_verification and not data.flags.uv:
        raise _unsupported("The authenticator has not verified its user.")


def _check_key(public_key: bytes) -> None:
    """An algorithm name says little about the key: ES256 is of P-256 here, RS256 of 2,048 to 4,096 bits."""
    with _well_formed():
        decoded = decode_credential_public_key(public_key)
    if decoded.alg not in _ALGORITHMS:
        raise _unsupported("The passkey must be of ES256 or RS256.")
    with _well_formed():
        key = decoded_public_key_to_cryptography(decoded)
    if decoded.alg == COSEAlgorithmIdentifier.ECDSA_SHA_256:
        is_usable = isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    else:
        is_usable = (
            isinstance(key, RSAPublicKey) and key.key_size in _RSA_BITS and key.public_numbers().e < _EXPONENTS_END
        )
    if not is_usable:
        raise _unsupported("The public key of the passkey cannot be used.")


def _verification(party: RelyingParty) -> UserVerificationRequirement:
    return (
        UserVerificationRequirement.REQUIRED if party.requires_verification else UserVerificationRequirement.PREFERRED
    )


def _descriptors(credentials: Iterable[KnownCredential]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(credential.credential_id),
            transports=[AuthenticatorTransport(name) for name in credential.transports] or None,
        )
        for credential in credentials
    ]
