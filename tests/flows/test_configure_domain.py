"""A pool's domain may not be one of the server's own names."""

from dataclasses import replace

import pytest

from app.flows.configure_domain import create_domain
from app.flows.work import Caller, Resources, Work
from app.kit.errors import InvalidParameterException
from tests.factories import Factory

CERTIFICATE = {"CustomDomainConfig": {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/c0ffee"}}


@pytest.mark.parametrize(
    "domain", ["id.example.com", "other.example.com", "auth.example.com", "prefix.auth.example.com"]
)
def test_the_servers_own_names_are_refused(resources: Resources, make: Factory, domain: str) -> None:
    changes = {
        "base_url": "https://id.example.com",
        "allowed_hosts": "Other.example.com",
        "domain_suffix": "auth.example.com",
    }
    work: Work = make.work(caller=Caller("operator", account_id="123456789012"))
    elsewhere = replace(resources, settings=resources.settings.model_copy(update=changes))
    with pytest.raises(InvalidParameterException, match="belongs to this server"):
        create_domain(replace(work, resources=elsewhere), make.pool(), domain, CERTIFICATE)


def test_a_prefix_whose_host_is_the_servers_own_is_refused(resources: Resources, make: Factory) -> None:
    changes = {"allowed_hosts": "status.auth.example.com", "domain_suffix": "auth.example.com"}
    work: Work = make.work(caller=Caller("operator", account_id="123456789012"))
    elsewhere = replace(resources, settings=resources.settings.model_copy(update=changes))
    with pytest.raises(InvalidParameterException, match="belongs to this server"):
        create_domain(replace(work, resources=elsewhere), make.pool(), "status", {})
