"""SAML metadata of identity providers that do not exist, with real certificates."""

import base64
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

ENTITY = "https://idp.example/entity"
SIGN_IN = "https://idp.example/sso?tenant=7"
SIGN_OUT = "https://idp.example/slo"
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


@cache
def certificate(*, is_expired: bool = False) -> str:
    """A signing certificate as metadata holds it."""
    now = datetime.now(UTC)
    days = (-20, -10) if is_expired else (-1, 3_650)
    key = generate_private_key(65_537, 2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .sign(key, SHA256())
    )
    return base64.b64encode(made.public_bytes(Encoding.DER)).decode()


def service(element: str, location: str, binding: str = _REDIRECT) -> str:
    """An endpoint of the provider."""
    return f'<md:{element} Binding="{binding}" Location="{location}"/>'


def metadata(
    *,
    entity: str = ENTITY,
    services: str | None = None,
    keys: str | None = None,
    before: str = '<?xml version="1.0" encoding="UTF-8"?>',
) -> str:
    """A metadata document; `services` and `keys` take the place of good ones."""
    if services is None:
        services = service("SingleLogoutService", SIGN_OUT) + service("SingleSignOnService", SIGN_IN)
        services += service("SingleSignOnService", "https://idp.example/post", _POST)
    if keys is None:
        keys = key_descriptor(certificate())
    return (
        f'{before}<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}">'
        f'<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"{keys}{services}</md:IDPSSODescriptor></md:EntityDescriptor>"
    )


def key_descriptor(text: str, use: str = ' use="signing"') -> str:
    """A key of the provider with its certificate."""
    return (
        f'<md:KeyDescriptor{use}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
        f"<ds:X509Certificate>\n{text[:64]}\n{text[64:]}\n</ds:X509Certificate>"
        f"</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )
