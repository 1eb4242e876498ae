"""The tables as data, for the test that plays them and for those who count what they raise."""

import importlib
import pkgutil

from app.core.limits import OF_OPERATION
from app.web.aws.registry import cognito_idp, load_targets
from tests.equality import tables
from tests.equality.language import Row

TABLES: dict[str, tuple[Row, ...]] = {
    module.name: importlib.import_module(f"{tables.__name__}.{module.name}").ROWS
    for module in pkgutil.iter_modules(tables.__path__)
}
# Codes that come before any operation and stand in no operation's model.
FRAMEWORK = frozenset({"MissingAuthenticationTokenException"})
# cognito.md 1: "Operations with `Username` + S add UserNotFoundException"; botocore's model forgets it here.
UNMODELLED = frozenset({("AdminListDevices", "UserNotFoundException")})


def raised() -> frozenset[tuple[str, str]]:
    """Each operation and code that some row expects of it."""
    calls = (call for rows in TABLES.values() for row in rows for call in row.calls)
    return frozenset((call.operation, call.code) for call in calls if call.code is not None)


# What the tables cannot raise, and the test that does.
ELSEWHERE: dict[tuple[str, str], str] = {
    (
        "AddCustomAttributes",
        "UserImportInProgressException",
    ): "tests/aws/cognito_idp/test_imports.py::test_the_states_of_a_job",
    ("AddUserPoolClientSecret", "AccessDeniedException"): (
        "tests/hostile/test_cross_pool_aws.py::test_operators_of_other_pools_accounts_and_regions"
    ),
    ("AdminInitiateAuth", "InvalidUserPoolConfigurationException"): (
        "tests/equality/test_rare_errors.py::test_an_ip_address_is_no_relying_party"
    ),
    ("CompleteWebAuthnRegistration", "LimitExceededException"): (
        "tests/aws/cognito_idp/test_passkeys.py::test_twenty_and_no_more"
    ),
    ("CreateGroup", "LimitExceededException"): (
        "tests/aws/cognito_idp/test_groups.py::test_callers_racing_for_a_name_or_the_last_place"
    ),
    ("CreateIdentityProvider", "LimitExceededException"): (
        "tests/aws/cognito_idp/test_identity_providers.py::test_there_is_a_limit"
    ),
    ("CreateManagedLoginBranding", "LimitExceededException"): (
        "tests/aws/cognito_idp/test_branding.py::test_a_pool_has_twenty_styles"
    ),
    ("CreateResourceServer", "LimitExceededException"): (
        "tests/aws/cognito_idp/test_resource_servers.py::test_there_is_a_limit"
    ),
    ("CreateTerms", "LimitExceededException"): "tests/aws/cognito_idp/test_terms.py::test_a_pool_has_forty_documents",
    ("CreateUserImportJob", "LimitExceededException"): "tests/aws/cognito_idp/test_imports.py::test_there_is_a_limit",
    ("CreateUserPoolClient", "LimitExceededException"): (
        "tests/equality/test_rare_errors.py::test_a_pool_has_so_many_apps"
    ),
    ("CreateUserPoolReplica", "LimitExceededException"): (
        "tests/aws/cognito_idp/test_replicas.py::test_a_pool_has_one_replica"
    ),
    ("CreateUserPoolReplica", "UserPoolTaggingException"): (
        "tests/aws/cognito_idp/test_replicas.py::test_tags_are_as_those_of_pools"
    ),
    (
        "DeleteUserPool",
        "UserImportInProgressException",
    ): "tests/aws/cognito_idp/test_imports.py::test_the_states_of_a_job",
    ("InitiateAuth", "InvalidUserPoolConfigurationException"): (
        "tests/equality/test_rare_errors.py::test_an_ip_address_is_no_relying_party"
    ),
    ("AdminSetUserPassword", "InternalErrorException"): (
        "tests/aws/test_endpoint.py::test_modelled_errors_are_typed_and_unknown_ones_say_nothing"
    ),
    ("StartWebAuthnRegistration", "WebAuthnConfigurationMissingException"): (
        "tests/equality/test_rare_errors.py::test_an_ip_address_is_no_relying_party"
    ),
    ("UpdateIdentityProvider", "ConcurrentModificationException"): (
        "tests/equality/test_rare_errors.py::test_a_provider_of_another_type_meanwhile"
    ),
    (
        "UpdateUserPool",
        "UserImportInProgressException",
    ): "tests/aws/cognito_idp/test_imports.py::test_the_states_of_a_job",
    ("UpdateUserPoolReplica", "OperationNotEnabledException"): (
        "tests/aws/cognito_idp/test_replicas.py::test_a_replica_from_beginning_to_end"
    ),
}
RATED = "tests/equality/test_rates.py::test_every_operation_of_a_category"


def raised_elsewhere() -> dict[tuple[str, str], str]:
    """Each operation and code that a test outside the tables raises, with that test."""
    rates = {(operation, "TooManyRequestsException"): RATED for operation in OF_OPERATION}
    return {pair: test for pair, test in {**rates, **ELSEWHERE}.items() if pair in modelled()}


def modelled() -> frozenset[tuple[str, str]]:
    """Each operation and each error that botocore's model has for it."""
    load_targets()
    operations = cognito_idp.model["operations"]
    return frozenset((name, error["shape"]) for name, one in operations.items() for error in one.get("errors", ()))
