"""Domains of user pools through a real botocore client."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.conftest import ROOT_KEY
from tests.factories import Factory
from tests.in_process import InProcessServer

CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/c0ffee"}


def new_name() -> str:
    return f"d{uuid4().hex[:12]}"


def test_a_pool_has_a_prefix_and_a_custom_domain(operator: Any, make: Factory, resources: Resources) -> None:
    pool_id, prefix = make.pool(), new_name()
    custom = f"{prefix}.login.example.com"
    answer = operator.create_user_pool_domain(UserPoolId=pool_id, Domain=prefix, ManagedLoginVersion=2)
    assert answer["ManagedLoginVersion"] == 2
    assert "CloudFrontDomain" not in answer
    answer = operator.create_user_pool_domain(UserPoolId=pool_id, Domain=custom, CustomDomainConfig=CERTIFICATE)
    assert (answer["ManagedLoginVersion"], answer["CloudFrontDomain"]) == (1, custom)
    pool = operator.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert (pool["Domain"], pool["CustomDomain"]) == (prefix, custom)
    description = operator.describe_user_pool_domain(Domain=custom)["DomainDescription"]
    assert description["UserPoolId"] == pool_id
    assert description["AWSAccountId"] == "123456789012"
    assert description["Domain"] == custom
    assert description["Status"] == "ACTIVE"
    assert description["CustomDomainConfig"] == CERTIFICATE
    assert [domain.domain for domain in resources.snapshots.pool(pool_id).domains] == [prefix, custom]
    assert resources.snapshots.pool_of_host(custom) == pool_id
    for name in (prefix, custom):
        operator.delete_user_pool_domain(UserPoolId=pool_id, Domain=name)
        assert operator.describe_user_pool_domain(Domain=name)["DomainDescription"] == {}
    assert resources.snapshots.pool(pool_id).domains == ()
    assert resources.snapshots.pool_of_host(custom) is None


def test_a_name_belongs_to_one_pool_of_all(operator: Any, make: Factory) -> None:
    name, first, second = new_name(), make.pool(), make.pool()
    operator.create_user_pool_domain(UserPoolId=first, Domain=name)
    code, message, _ = refusal(operator.create_user_pool_domain, UserPoolId=second, Domain=name)
    assert (code, "already associated" in message) == ("InvalidParameterException", True)
    code, message, _ = refusal(operator.create_user_pool_domain, UserPoolId=first, Domain=new_name())
    assert (code, "already has a domain" in message) == ("InvalidParameterException", True)
    operator.delete_user_pool_domain(UserPoolId=first, Domain=name)
    operator.create_user_pool_domain(UserPoolId=second, Domain=name)


def test_pools_racing_for_a_name(operator: Any, make: Factory) -> None:
    name, pool_ids = new_name(), [make.pool() for _ in range(8)]

    def create(pool_id: str) -> str:
        try:
            operator.create_user_pool_domain(UserPoolId=pool_id, Domain=name)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "created"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(create, pool_ids))
    assert outcomes.count("created") == 1
    assert outcomes.count("InvalidParameterException") == 7


@pytest.mark.parametrize(
    ("domain", "is_custom"),
    [
        ("login.example.com", False),
        ("singlelabel", True),
        ("-login.example.com", True),
        ("login..example.com", True),
        ("login.example.com.", True),
        ("10.0.0.1", True),
        ("x" * 64 + ".example.com", True),
        ("localhost", True),
        ("Upper", False),
        ("under_score", False),
        ("end-", False),
    ],
)
def test_malformed_names_are_refused(operator: Any, make: Factory, domain: str, is_custom: bool) -> None:
    options = {"CustomDomainConfig": CERTIFICATE} if is_custom else {}
    code, _, _ = refusal(operator.create_user_pool_domain, UserPoolId=make.pool(), Domain=domain, **options)
    assert code == "InvalidParameterException"


def test_an_update_keeps_what_it_does_not_name(operator: Any, make: Factory) -> None:
    pool_id, name = make.pool(), f"{new_name()}.example.com"
    operator.create_user_pool_domain(UserPoolId=pool_id, Domain=name, CustomDomainConfig=CERTIFICATE)
    answer = operator.update_user_pool_domain(UserPoolId=pool_id, Domain=name, ManagedLoginVersion=2)
    assert answer["ManagedLoginVersion"] == 2
    description = operator.describe_user_pool_domain(Domain=name)["DomainDescription"]
    assert description["CustomDomainConfig"] == CERTIFICATE
    assert description["ManagedLoginVersion"] == 2


def test_what_an_update_refuses(operator: Any, gated: Any, make: Factory) -> None:
    pool_id, name = make.pool(UserPoolTier="LITE"), new_name()
    update = operator.update_user_pool_domain
    assert refusal(update, UserPoolId=pool_id, Domain=name)[0] == "ResourceNotFoundException"
    operator.create_user_pool_domain(UserPoolId=pool_id, Domain=name)
    names = {"UserPoolId": pool_id, "Domain": name}
    assert refusal(update, **names, ManagedLoginVersion=3)[0] == "InvalidParameterException"
    gated_update = gated.update_user_pool_domain
    assert refusal(gated_update, **names, ManagedLoginVersion=2)[0] == "FeatureUnavailableInTierException"
    assert refusal(update, **names, CustomDomainConfig=CERTIFICATE)[0] == "InvalidParameterException"
    routing = {"Failover": {"SecondaryRegion": "eu-west-1", "PrimaryRoute53HealthCheckId": "x"}}
    assert refusal(update, **names, Routing=routing)[0] == "NotImplementedException"


def test_domains_of_others_are_not_shown(operator: Any, make: Factory, server: InProcessServer) -> None:
    pool_id, name = make.pool(), new_name()
    operator.create_user_pool_domain(UserPoolId=pool_id, Domain=name)
    elsewhere = server.boto_client("cognito-idp", ROOT_KEY, region="eu-west-2")
    assert elsewhere.describe_user_pool_domain(Domain=name)["DomainDescription"] == {}
    assert operator.describe_user_pool_domain(Domain="nobody-has-this")["DomainDescription"] == {}
    other = make.pool()
    code, _, _ = refusal(operator.delete_user_pool_domain, UserPoolId=other, Domain=name)
    assert code == "ResourceNotFoundException"
    assert operator.describe_user_pool_domain(Domain=name)["DomainDescription"]["UserPoolId"] == pool_id
