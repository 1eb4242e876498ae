"""Certificates of a pool as a SAML service provider: ten years from any day, for one use, under any provider's name."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.x509 import KeyUsage, SubjectKeyIdentifier, load_der_x509_certificate

from app.core.keys import new_key_pair
from app.core.saml_keys import SIGNING, new_certificate
from app.kit.clock import SECOND

POOL = "us-east-1_Abc123Abc"


@pytest.fixture(scope="module")
def der() -> bytes:
    return new_key_pair("RS256")[1]


@pytest.mark.parametrize(
    ("issued", "ends"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2036, 1, 31, 12, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2038, 3, 1, tzinfo=UTC)),
    ],
)
def test_ten_years(der: bytes, issued: datetime, ends: datetime) -> None:
    made = load_der_x509_certificate(new_certificate(der, POOL, SIGNING, int(issued.timestamp()) * SECOND + 999))
    assert made.not_valid_after_utc == ends
    assert made.not_valid_before_utc == issued - timedelta(minutes=5)


@pytest.mark.parametrize("provider", [SIGNING, "Example", "\U0001f600" * 32, 'a|b=c,d+e"<>#;\\'])
def test_a_certificate_names_its_use(der: bytes, provider: str) -> None:
    made = load_der_x509_certificate(new_certificate(der, POOL, provider, 0))
    names = [attribute.value for attribute in made.subject]
    assert names == [POOL, f"SAML decryption for {provider}" if provider else "SAML request signing"]
    usage = made.extensions.get_extension_for_class(KeyUsage).value
    assert (usage.digital_signature, usage.key_encipherment) == (not provider, bool(provider))
    assert made.extensions.get_extension_for_class(SubjectKeyIdentifier).value.digest
    assert made.serial_number != load_der_x509_certificate(new_certificate(der, POOL, provider, 0)).serial_number
