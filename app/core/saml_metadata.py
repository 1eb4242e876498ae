"""What an identity provider tells of itself in SAML 2.0 metadata (saml-metadata-2.0-os).

The document comes from a tenant: it is parsed without document type, entities and network, and nothing in it is believed
before the operator who configured it is. Pure, no database.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.x509 import Certificate, load_der_x509_certificate
from lxml import etree

from app.kit.clock import SECOND
from app.kit.errors import InvalidParameterException
from app.kit.segments import check_outside_segment
from app.kit.slow import run_slow

# lxml ships no type information.
Element = Any

_METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"
_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
# saml-core-2.0-os section 8.3.6.
_MAX_ENTITY_ID = 1_024


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """Entity id, and where browsers are sent for sign-in and sign-out (HTTP-Redirect; None: no such place)."""

    entity_id: str
    sign_in_url: str
    sign_out_url: str | None


def parse_metadata(text: str, now: int) -> ProviderMetadata:
    """The one identity provider of a document; it must have a signing certificate that is in force at `now` (epoch ms).

    Raises InvalidParameterException.
    """
    check_outside_segment("parsing metadata")
    return run_slow(_read, text, now)


def _read(text: str, now: int) -> ProviderMetadata:
    entity, role = _identity_provider(_parse(text))
    entity_id = entity.get("entityID", "").strip()
    if not entity_id or len(entity_id) > _MAX_ENTITY_ID:
        raise InvalidParameterException("The metadata has no valid entityID.")
    sign_in = _location(role, "SingleSignOnService")
    if sign_in is None:
        raise InvalidParameterException("No SingleSignOn Http redirect binding location found in metadata.")
    certificates = list(_signing_certificates(role))
    if not certificates:
        raise InvalidParameterException("No signing certificate found in metadata.")
    moment = datetime.fromtimestamp(now / SECOND, UTC)
    if all(certificate.not_valid_after_utc < moment for certificate in certificates):
        raise InvalidParameterException("Signing certificates are expired")
    return ProviderMetadata(entity_id, sign_in, _location(role, "SingleLogoutService"))


def _parse(text: str) -> Element:
    # An encoding that the document declares was that of a file; what came in JSON is Unicode.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        decompress=False,
    )
    try:
        root = etree.fromstring(text.strip().encode(), parser)
    except etree.XMLSyntaxError:
        raise InvalidParameterException("The MetadataFile is not well-formed XML.") from None
    if root.getroottree().docinfo.doctype:
        raise InvalidParameterException("The MetadataFile must not have a document type.")
    return root


def _identity_provider(root: Element) -> tuple[Element, Element]:
    """The one entity with the role of an identity provider, and the role."""
    found = [
        (entity, role)
        for entity in root.iter(f"{_METADATA}EntityDescriptor")
        for role in entity.findall(f"{_METADATA}IDPSSODescriptor")
        if _PROTOCOL in role.get("protocolSupportEnumeration", "").split()
    ]
    if len(found) != 1:
        raise InvalidParameterException("The metadata must describe one SAML 2.0 identity provider.")
    return found[0]


def _location(role: Element, endpoint: str) -> str | None:
    for service in role.findall(_METADATA + endpoint):
        if service.get("Binding") == _REDIRECT and service.get("Location"):
            return str(service.get("Location"))
    return None


def _signing_certificates(role: Element) -> Iterator[Certificate]:
    """Of the keys that sign: those said to, and those of which nothing is said (section 2.4.1.1)."""
    for key in role.findall(f"{_METADATA}KeyDescriptor"):
        if key.get("use", "signing") == "signing":
            for certificate in key.iter(f"{_SIGNATURE}X509Certificate"):
                yield _certificate(certificate.text or "")


def _certificate(text: str) -> Certificate:
    try:
        return load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError):
        raise InvalidParameterException("A signing certificate of the metadata cannot be read.") from None
