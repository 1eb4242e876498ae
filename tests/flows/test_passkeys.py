"""Which relying party id a pool has on which server."""

from typing import Any

import pytest

from app.core.users import User, find_user
from app.flows.passkeys import find_relying_party
from app.flows.work import Resources
from tests.factories import Factory

CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/c0ffee"}


@pytest.mark.parametrize(
    ("changes", "domains", "rp_id"),
    [
        ({"base_url": "http://localhost:9229"}, (), "localhost"),
        ({"base_url": "https://Id.Example.com:8443"}, (), "id.example.com"),
        ({"base_url": "http://127.0.0.1:9229"}, (), None),
        ({"base_url": "http://[::1]:9229"}, (), None),
        ({"base_url": "https://id.example.com"}, ("prefix",), "id.example.com"),
        (
            {"base_url": "https://id.example.com", "domain_suffix": "auth.example.com"},
            ("prefix",),
            "prefix.auth.example.com",
        ),
        (
            {"base_url": "https://id.example.com", "domain_suffix": "auth.example.com"},
            ("prefix", "custom"),
            "custom.example.net",
        ),
        ({"base_url": "https://127.0.0.1:9229"}, ("custom",), "custom.example.net"),
        ({"base_url": "http://localhost:9229", "mode": "dev"}, ("prefix", "custom"), "localhost"),
    ],
)
def test_the_host_on_which_browsers_see_the_pool(
    resources: Resources,
    operator: Any,
    make: Factory,
    changes: dict[str, str],
    domains: tuple[str, ...],
    rp_id: str | None,
) -> None:
    pool_id = make.pool()
    tag = pool_id[-9:].lower()
    user = _user(resources, make, pool_id)
    for kind in domains:
        name = f"{kind}-{tag}" if kind == "prefix" else f"{kind}-{tag}.example.net"
        more = {"CustomDomainConfig": CERTIFICATE} if kind == "custom" else {}
        operator.create_user_pool_domain(UserPoolId=pool_id, Domain=name, **more)
    settings = resources.settings.model_copy(update={"mode": "serve", **changes})
    party = find_relying_party(settings, resources.snapshots.pool(pool_id), user)
    found = party.rp_id.replace(f"-{tag}", "") if party else None
    assert found == rp_id


def test_a_configured_one_comes_first(resources: Resources, operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    operator.set_user_pool_mfa_config(UserPoolId=pool_id, WebAuthnConfiguration={"RelyingPartyId": "example.com"})
    settings = resources.settings.model_copy(update={"base_url": "http://127.0.0.1:9229"})
    party = find_relying_party(settings, resources.snapshots.pool(pool_id), _user(resources, make, pool_id))
    assert party is not None
    assert (party.rp_id, party.requires_verification) == ("example.com", False)


def _user(resources: Resources, make: Factory, pool_id: str) -> User:
    made = make.user(pool_id)
    pool = resources.snapshots.pool(pool_id).pool
    with resources.database.read() as db:
        user = find_user(db, pool, made.username)
    assert user is not None
    return user
