"""Keys of a pool as a SAML service provider: one that signs requests, and one a provider that decrypts its assertions.

Each has a self-signed certificate for ten years. A newer one of the same key takes its place after a year, and the older
goes on to be valid (Amazon Cognito Developer Guide, "SAML signing and encryption").
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key
from cryptography.x509.oid import NameOID
from sqlalchemy import Connection, delete, insert, select, update

from app.db.keyring import Keyring
from app.db.tables.saml_keys import SamlKey as SamlKeyRow
from app.kit.clock import DAY, SECOND
from app.kit.segments import check_outside_segment
from app.kit.slow import run_slow

# In the place of a provider's name: the key that signs the pool's requests.
SIGNING = ""
RENEWAL_MS = 365 * DAY
_YEARS = 10
# Clocks of providers may be behind ours.
_SKEW = timedelta(minutes=5)
_COLUMN = "saml_keys.sealed"


@dataclass(frozen=True, slots=True)
class SamlKey:
    """A key pair: `sealed` is the private RSA key in PKCS #8 DER, `certificate` the newest one in DER."""

    pool_id: str
    provider: str
    sealed: bytes
    certificate: bytes
    issued_at: int
    created_at: int

    def is_due(self, now: int) -> bool:
        """Whether a newer certificate should take the place of this one."""
        return self.issued_at + RENEWAL_MS <= now


def find_saml_key(db: Connection, pool_id: str, provider: str) -> SamlKey | None:
    """The key for the assertions of a provider, or with SIGNING the one that signs requests."""
    row = db.execute(
        select(SamlKeyRow).where(SamlKeyRow.pool_id == pool_id, SamlKeyRow.provider == provider)
    ).one_or_none()
    return None if row is None else SamlKey(**row._mapping)


def create_saml_key(
    db: Connection, keyring: Keyring, pool_id: str, provider: str, der: bytes, certificate: bytes, now: int
) -> None:
    """Stores a new key with its first certificate; the caller has locked the pool and found none."""
    db.execute(
        insert(SamlKeyRow).values(
            pool_id=pool_id,
            provider=provider,
            sealed=keyring.seal(pool_id, _COLUMN, provider, der),
            certificate=certificate,
            issued_at=now,
            created_at=now,
        )
    )


def replace_certificate(db: Connection, key: SamlKey, certificate: bytes, now: int) -> None:
    """Makes `certificate` the newest one of a key."""
    db.execute(
        update(SamlKeyRow)
        .where(SamlKeyRow.pool_id == key.pool_id, SamlKeyRow.provider == key.provider)
        .values(certificate=certificate, issued_at=now)
    )


def delete_saml_key(db: Connection, pool_id: str, provider: str) -> None:
    """Removes the key for the assertions of a provider, if it has one."""
    db.execute(delete(SamlKeyRow).where(SamlKeyRow.pool_id == pool_id, SamlKeyRow.provider == provider))


def private_der(keyring: Keyring, key: SamlKey) -> bytes:
    """The private key in PKCS #8 DER."""
    return keyring.unseal(key.pool_id, _COLUMN, key.provider, key.sealed)


def new_certificate(der: bytes, pool_id: str, provider: str, now: int) -> bytes:
    """A self-signed certificate (DER) over a private key, valid for ten years; a signature, so never in a segment."""
    check_outside_segment("signing a certificate")
    return run_slow(_make_certificate, der, pool_id, provider, now)


def _make_certificate(der: bytes, pool_id: str, provider: str, now: int) -> bytes:
    # The DER was made by us and is authenticated by its seal, so the slow consistency checks are not needed.
    private = load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(private, RSAPrivateKey):
        raise TypeError("a SAML key is an RSA key")
    unit = f"SAML decryption for {provider}" if provider else "SAML request signing"
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, pool_id), x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit)]
    )
    issued = datetime.fromtimestamp(now // SECOND, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issued - _SKEW)
        .not_valid_after(_years_later(issued))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=provider == SIGNING), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, SHA256())
        .public_bytes(Encoding.DER)
    )


def _years_later(moment: datetime) -> datetime:
    try:
        return moment.replace(year=moment.year + _YEARS)
    except ValueError:  # the 29th of February
        return moment.replace(year=moment.year + _YEARS, month=3, day=1)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=not signs,
        data_encipherment=not signs,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
