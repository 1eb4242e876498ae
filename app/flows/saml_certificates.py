"""Certificates of a pool as a SAML service provider: made at first use, renewed after a year (API: GetSigningCertificate)."""

from app.core import pools, saml_keys
from app.core.saml_keys import SIGNING, SamlKey
from app.flows.signing_keys import new_rsa_key
from app.flows.work import Work


def signing_certificate(work: Work, pool_id: str) -> bytes:
    """The certificate (DER) over the key that signs the pool's SAML requests; raises ResourceNotFoundException."""
    with work.read() as db:
        pools.get_pool(db, pool_id)
        key = saml_keys.find_saml_key(db, pool_id, SIGNING)
    return _make_key(work, pool_id) if key is None else current_certificate(work, key)


def current_certificate(work: Work, key: SamlKey) -> bytes:
    """The newest certificate (DER) over a key; one older than a year is replaced first."""
    if not key.is_due(work.now):
        return key.certificate
    der = saml_keys.private_der(work.keyring, key)
    certificate = saml_keys.new_certificate(der, key.pool_id, key.provider, work.now)
    with work.write() as db:
        pools.lock_pool(db, key.pool_id)
        known = saml_keys.find_saml_key(db, key.pool_id, key.provider) or key
        if not known.is_due(work.now):
            return known.certificate
        saml_keys.replace_certificate(db, key, certificate, work.now)
    return certificate


def _make_key(work: Work, pool_id: str) -> bytes:
    der = new_rsa_key(work)
    certificate = saml_keys.new_certificate(der, pool_id, SIGNING, work.now)
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        known = saml_keys.find_saml_key(db, pool_id, SIGNING)
        if known is not None:
            return known.certificate
        saml_keys.create_saml_key(db, work.keyring, pool_id, SIGNING, der, certificate, work.now)
    return certificate
