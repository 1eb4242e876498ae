"""Identity providers through a real botocore client."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from cryptography.x509 import Certificate, load_der_x509_certificate
from sqlalchemy import select

from app.core import saml_keys
from app.db.types import Base
from app.flows.configure_identity_provider import ProviderChanges, update_identity_provider
from app.flows.work import Resources
from app.jobs.purge_pools import purge_pools
from app.kit.errors import ConcurrentModificationException
from tests.aws.cognito_idp.saml import ENTITY, SIGN_IN, SIGN_OUT, certificate, key_descriptor, metadata, service
from tests.aws.refusals import refusal
from tests.factories import Factory
from tests.pages.browsing import CALLBACK, App, Visitor

SECRET = "between-these-two-providers"
OIDC = {
    "client_id": "poolhouse",
    "client_secret": SECRET,
    "authorize_scopes": "openid email",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://idp.example",
}
SOCIAL = {"client_id": "id-7", "client_secret": SECRET, "authorize_scopes": "email profile openid"}
APPLE = {"client_id": "com.example", "team_id": "TEAM", "key_id": "KEY", "authorize_scopes": "email name"}
PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\nMIGTAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----"
METADATA_URL = "https://idp.example/metadata"


def create(operator: Any, pool_id: str, name: str, kind: str, details: dict[str, str], **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = operator.create_identity_provider(
        UserPoolId=pool_id, ProviderName=name, ProviderType=kind, ProviderDetails=details, **more
    )["IdentityProvider"]
    return made


def refused(operator: Any, pool_id: str, kind: str, details: dict[str, str], name: str = "Example") -> str:
    """The text of an InvalidParameterException."""
    code, text, _ = refusal(
        operator.create_identity_provider,
        UserPoolId=pool_id,
        ProviderName=kind if kind not in ("SAML", "OIDC") else name,
        ProviderType=kind,
        ProviderDetails=details,
    )
    assert code == "InvalidParameterException", text
    return text


def test_a_provider_from_beginning_to_end(operator: Any, make: Factory, clock: Any) -> None:
    pool_id = make.pool()
    names = {"UserPoolId": pool_id, "ProviderName": "Example"}
    mapping = {"email": "mail", "custom:x": "x"}
    operator.add_custom_attributes(UserPoolId=pool_id, CustomAttributes=[{"Name": "x", "AttributeDataType": "String"}])
    acr = {"Level1": "urn:loa:1", "Level4": "urn:loa:4"}
    made = create(
        operator,
        pool_id,
        "Example",
        "OIDC",
        OIDC,
        AttributeMapping=mapping,
        IdpIdentifiers=["example.com", "Ex 2", "example.com"],
        AcrMapping=acr,
    )
    assert made == {
        **names,
        "ProviderType": "OIDC",
        "ProviderDetails": {**OIDC, "attributes_url_add_attributes": "false"},
        "AttributeMapping": {**mapping, "username": "sub"},
        "IdpIdentifiers": ["example.com", "Ex 2"],
        "AcrMapping": acr,
        "CreationDate": made["CreationDate"],
        "LastModifiedDate": made["CreationDate"],
    }
    assert operator.describe_identity_provider(**names)["IdentityProvider"] == made
    for identifier in ("example.com", "Ex 2"):
        found = operator.get_identity_provider_by_identifier(UserPoolId=pool_id, IdpIdentifier=identifier)
        assert found["IdentityProvider"] == made
    clock.advance(seconds=5)
    changed = operator.update_identity_provider(**names, IdpIdentifiers=["new"])["IdentityProvider"]
    assert changed["LastModifiedDate"] > changed["CreationDate"] == made["CreationDate"]
    kept = {name: value for name, value in made.items() if name not in ("IdpIdentifiers", "LastModifiedDate")}
    assert kept.items() <= changed.items()
    assert changed["IdpIdentifiers"] == ["new"]
    details = {**OIDC, "oidc_issuer": "https://other.example", "jwks_uri": "https://other.example/keys"}
    del details["client_secret"]
    changed = operator.update_identity_provider(**names, ProviderDetails=details, AttributeMapping={}, AcrMapping={})
    assert changed["IdentityProvider"]["ProviderDetails"] == {**details, "attributes_url_add_attributes": "false"}
    assert changed["IdentityProvider"]["AttributeMapping"] == {"username": "sub"}
    assert "AcrMapping" not in changed["IdentityProvider"]
    assert operator.describe_identity_provider(**names)["IdentityProvider"] == changed["IdentityProvider"]
    operator.delete_identity_provider(**names)
    for call in (
        operator.describe_identity_provider,
        operator.update_identity_provider,
        operator.delete_identity_provider,
    ):
        assert refusal(call, **names)[:2] == ("ResourceNotFoundException", "Identity provider Example does not exist.")
    by_identifier = {"UserPoolId": pool_id, "IdpIdentifier": "new"}
    assert refusal(operator.get_identity_provider_by_identifier, **by_identifier)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("kind", "given", "added"),
    [
        (
            "Google",
            SOCIAL,
            {
                "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
                "attributes_url_add_attributes": "true",
                "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
                "oidc_issuer": "https://accounts.google.com",
                "token_request_method": "POST",
                "token_url": "https://www.googleapis.com/oauth2/v4/token",
            },
        ),
        (
            "Facebook",
            {**SOCIAL, "authorize_scopes": "public_profile, email", "api_version": "v19.0"},
            {
                "attributes_url": "https://graph.facebook.com/v19.0/me?fields=",
                "attributes_url_add_attributes": "true",
                "authorize_url": "https://www.facebook.com/v19.0/dialog/oauth",
                "token_request_method": "GET",
                "token_url": "https://graph.facebook.com/v19.0/oauth/access_token",
            },
        ),
        (
            "LoginWithAmazon",
            {**SOCIAL, "authorize_scopes": "profile postal_code"},
            {
                "attributes_url": "https://api.amazon.com/user/profile",
                "attributes_url_add_attributes": "false",
                "authorize_url": "https://www.amazon.com/ap/oa",
                "token_request_method": "POST",
                "token_url": "https://api.amazon.com/auth/o2/token",
            },
        ),
        (
            "SignInWithApple",
            APPLE,
            {
                "attributes_url_add_attributes": "false",
                "authorize_url": "https://appleid.apple.com/auth/authorize",
                "oidc_issuer": "https://appleid.apple.com",
                "token_request_method": "POST",
                "token_url": "https://appleid.apple.com/auth/token",
            },
        ),
    ],
)
def test_social_providers_are_shown_with_what_their_type_adds(
    operator: Any, make: Factory, kind: str, given: dict[str, str], added: dict[str, str]
) -> None:
    pool_id = make.pool()
    hidden = {"private_key": PRIVATE_KEY} if kind == "SignInWithApple" else {}
    made = create(operator, pool_id, kind, kind, {**given, **hidden})
    assert made["ProviderDetails"] == {**given, **added}
    subject = {"Facebook": "id", "LoginWithAmazon": "user_id"}.get(kind, "sub")
    assert made["AttributeMapping"] == {"username": subject}
    # Tools send back what they were shown, and may send something else.
    again = {**made["ProviderDetails"], **hidden, "token_url": "https://other.example/token"}
    changed = operator.update_identity_provider(UserPoolId=pool_id, ProviderName=kind, ProviderDetails=again)
    assert changed["IdentityProvider"]["ProviderDetails"] == {**given, **added, "token_url": again["token_url"]}


@pytest.mark.parametrize(
    ("kind", "required", "text"),
    [
        (
            "OIDC",
            OIDC,
            "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.",
        ),
        ("Google", SOCIAL, "clientId, clientSecret and authorizeScopes are all required idp details."),
        ("Facebook", SOCIAL, "clientId, clientSecret and authorizeScopes are all required idp details."),
        ("LoginWithAmazon", SOCIAL, "clientId, clientSecret and authorizeScopes are all required idp details."),
        (
            "SignInWithApple",
            {**APPLE, "private_key": PRIVATE_KEY},
            "clientId, privateKey, teamId, and keyId are all required idp details.",
        ),
        ("SAML", {"MetadataURL": METADATA_URL}, "At least one of the MetadataURL or MetadataFile should be provided."),
    ],
)
def test_no_required_key_may_be_missing(
    operator: Any, make: Factory, kind: str, required: dict[str, str], text: str
) -> None:
    pool_id = make.pool()
    optional = {"client_secret"} if kind == "OIDC" else set()
    for key in required.keys() - optional:
        without = {name: value for name, value in required.items() if name != key}
        assert refused(operator, pool_id, kind, without) == text
        assert refused(operator, pool_id, kind, {**without, key: " "}) == text
    name = kind if kind in ("Google", "Facebook", "LoginWithAmazon", "SignInWithApple") else "Example"
    create(operator, pool_id, name, kind, required)
    given = {"UserPoolId": pool_id, "ProviderName": name, "ProviderDetails": {}}
    assert refusal(operator.update_identity_provider, **given)[:2] == ("InvalidParameterException", text)


@pytest.mark.parametrize(
    ("kind", "wrong", "text"),
    [
        ("OIDC", {"oidc_issuer": "http://idp.example"}, "OIDC endpoint must start with https://"),
        ("OIDC", {"oidc_issuer": "https://idp.example/?a=b"}, "oidc_issuer is not valid."),
        ("OIDC", {"oidc_issuer": "https://idp.example/#a"}, "oidc_issuer must be an https URL."),
        ("OIDC", {"oidc_issuer": "https://"}, "oidc_issuer must be an https URL."),
        ("OIDC", {"oidc_issuer": "https://user@idp.example"}, "oidc_issuer must be an https URL."),
        ("OIDC", {"oidc_issuer": "https://[::1"}, "oidc_issuer is not valid."),
        ("OIDC", {"oidc_issuer": "https://idp.example:70000"}, "oidc_issuer is not valid."),
        ("OIDC", {"oidc_issuer": "https://idp.example/" + "x" * 2_048}, "oidc_issuer must be an https URL."),
        ("OIDC", {"authorize_scopes": "email profile"}, "authorize_scopes must contain openid."),
        ("OIDC", {"authorize_scopes": 'openid "'}, "authorize_scopes is not valid."),
        (
            "OIDC",
            {"attributes_request_method": "PUT"},
            "1 validation error detected: Value at 'attributes_request_method' failed to satisfy constraint: "
            "Member must satisfy enum value set: [POST, GET]",
        ),
        ("OIDC", {"token_url": "http://idp.example/token"}, "token_url must be an https URL."),
        ("OIDC", {"jwks_uri": "javascript:alert(1)"}, "jwks_uri must be an https URL."),
        ("OIDC", {"client_id": "a\nb"}, "client_id is not valid."),
        ("OIDC", {"client_secret": "x" * 2_049}, "client_secret is not valid."),
        ("OIDC", {"userinfo": "x"}, "userinfo is not a valid key for OIDC identity provider details."),
        ("Google", {"api_version": "v1.0"}, "api_version is not a valid key for Google identity provider details."),
        ("Google", {"attributes_url_add_attributes": "yes"}, "attributes_url_add_attributes is not valid."),
        ("Facebook", {"api_version": "17/../x"}, "api_version is not valid."),
        (
            "LoginWithAmazon",
            {"token_request_method": "get"},
            "1 validation error detected: Value at 'token_request_method' failed to satisfy constraint: "
            "Member must satisfy enum value set: [POST, GET]",
        ),
        ("SignInWithApple", {"private_key": "x" * 8_193}, "private_key is not valid."),
        ("SAML", {"MetadataFile": "<a/>"}, "Only one of the MetadataURL or MetadataFile should be provided."),
        ("SAML", {"MetadataURL": "http://idp.example"}, "MetadataURL must be an https URL."),
        ("SAML", {"IDPSignout": "1"}, "IDPSignout is not valid."),
        ("SAML", {"EncryptedResponses": "on"}, "EncryptedResponses is not valid."),
        (
            "SAML",
            {"RequestSigningAlgorithm": "rsa-sha1"},
            "1 validation error detected: Value at 'RequestSigningAlgorithm' failed to satisfy constraint: "
            "Member must satisfy enum value set: [rsa-sha256]",
        ),
        (
            "SAML",
            {"ActiveEncryptionCertificate": "MII"},
            "ActiveEncryptionCertificate is not a valid key for SAML identity provider details.",
        ),
    ],
)
def test_values_that_are_refused(operator: Any, make: Factory, kind: str, wrong: dict[str, str], text: str) -> None:
    good = {
        "OIDC": OIDC,
        "SAML": {"MetadataURL": METADATA_URL},
        "SignInWithApple": {**APPLE, "private_key": PRIVATE_KEY},
    }.get(kind, SOCIAL)
    pool_id = make.pool()
    assert refused(operator, pool_id, kind, {**good, **wrong}) == text
    assert operator.list_identity_providers(UserPoolId=pool_id)["Providers"] == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("MyGoogle", "Google"),
        ("Google", "OIDC"),
        ("Facebook", "Google"),
        ("SignInWithApple", "SAML"),
        ("Cognito", "OIDC"),
        ("COGNITO", "SAML"),
    ],
)
def test_names_are_reserved(operator: Any, make: Factory, name: str, kind: str) -> None:
    given = {"UserPoolId": make.pool(), "ProviderName": name, "ProviderType": kind, "ProviderDetails": {}}
    code, text, _ = refusal(operator.create_identity_provider, **given)
    assert (code, text) == ("InvalidParameterException", f"Provider {name} cannot be of type {kind}.")


@pytest.mark.parametrize("name", ["COGNITO", "Cognito"])
def test_the_pool_itself_is_no_third_party(operator: Any, make: Factory, name: str) -> None:
    names = {"UserPoolId": make.pool(), "ProviderName": name}
    for call in (operator.update_identity_provider, operator.delete_identity_provider):
        assert refusal(call, **names)[0] == "UnsupportedIdentityProviderException"
    assert refusal(operator.describe_identity_provider, **names)[0] == "ResourceNotFoundException"


def test_mappings(operator: Any, make: Factory) -> None:
    pool_id = make.pool(Schema=[{"Name": "email", "Required": True}])
    saml = {"MetadataURL": METADATA_URL}

    def text_of(name: str, kind: str, details: dict[str, str], **more: Any) -> str:
        given = {"UserPoolId": pool_id, "ProviderName": name, "ProviderType": kind, "ProviderDetails": details, **more}
        code, text, _ = refusal(operator.create_identity_provider, **given)
        assert code == "InvalidParameterException"
        return text

    wrong = {"email": "mail", "custom:none": "x", "sub": "sub", "name": " "}
    text = text_of("Example", "OIDC", OIDC, AttributeMapping=wrong)
    assert text == "AttributeMapping contains invalid mapping: [custom:none, sub, name]"
    for kind, details in (("OIDC", OIDC), ("Google", SOCIAL)):
        text = text_of({"OIDC": "Example"}.get(kind, kind), kind, details, AttributeMapping={"username": "email"})
        assert text == "AttributeMapping contains invalid mapping: [username]"
    text = text_of("Example", "SAML", saml, AcrMapping={"Level1": "a"})
    assert text == "AcrMapping is supported for OIDC identity providers only."
    # A required attribute that is not mapped is missed when somebody signs in, not before.
    assert create(operator, pool_id, "Example", "SAML", saml)["AttributeMapping"] == {}
    claims = {"username": "uid", "name": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"}
    assert create(operator, pool_id, "Other", "SAML", saml, AttributeMapping=claims)["AttributeMapping"] == claims


def test_names_and_identifiers_are_unique_in_a_pool(operator: Any, make: Factory) -> None:
    pool_id, other = make.pool(), make.pool()
    create(operator, pool_id, "Example", "OIDC", OIDC, IdpIdentifiers=["a", "b"])
    create(operator, other, "Example", "OIDC", OIDC, IdpIdentifiers=["a", "b"])
    given: dict[str, Any] = {"UserPoolId": pool_id, "ProviderType": "OIDC", "ProviderDetails": OIDC}
    code, text, _ = refusal(operator.create_identity_provider, **given, ProviderName="Example")
    assert (code, text) == ("DuplicateProviderException", f"Example already exists in user pool {pool_id}")
    code, text, _ = refusal(operator.create_identity_provider, **given, ProviderName="Two", IdpIdentifiers=["c", "b"])
    assert (code, text) == ("InvalidParameterException", "The identifier b belongs to another identity provider.")
    create(operator, pool_id, "Two", "OIDC", OIDC, IdpIdentifiers=["c"])
    names = {"UserPoolId": pool_id, "ProviderName": "Two"}
    code, text, _ = refusal(operator.update_identity_provider, **names, IdpIdentifiers=["d", "a"])
    assert (code, text) == ("InvalidParameterException", "The identifier a belongs to another identity provider.")
    assert operator.describe_identity_provider(**names)["IdentityProvider"]["IdpIdentifiers"] == ["c"]
    kept = operator.update_identity_provider(**names, IdpIdentifiers=["d", "c"])["IdentityProvider"]
    assert kept["IdpIdentifiers"] == ["d", "c"]
    operator.delete_identity_provider(UserPoolId=pool_id, ProviderName="Example")
    operator.update_identity_provider(**names, IdpIdentifiers=["a"])
    many = {"IdpIdentifiers": [f"id-{number}" for number in range(51)]}
    assert refusal(operator.update_identity_provider, **names, **many)[0] == "InvalidParameterException"
    full = operator.update_identity_provider(**names, IdpIdentifiers=many["IdpIdentifiers"][:50])
    assert full["IdentityProvider"]["IdpIdentifiers"] == many["IdpIdentifiers"][:50]


def test_there_is_a_limit(operator: Any, make: Factory, monkeypatch: Any) -> None:
    monkeypatch.setattr("app.core.identity_providers.MAX_IDENTITY_PROVIDERS", 3)
    pool_id = make.pool()

    def attempt(number: int) -> str:
        try:
            create(operator, pool_id, f"Example{number % 6}", "OIDC", OIDC)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "created"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(attempt, range(8)))
    assert outcomes.count("created") == 3
    assert set(outcomes) <= {"created", "LimitExceededException", "DuplicateProviderException"}


def test_providers_are_listed_in_pages(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    made = [f"Example{number}" for number in range(5)]
    created = [create(operator, pool_id, name, "OIDC", OIDC) for name in made]
    first = operator.list_identity_providers(UserPoolId=pool_id, MaxResults=2)
    members = ("ProviderName", "ProviderType", "LastModifiedDate", "CreationDate")
    assert first["Providers"] == [{name: provider[name] for name in members} for provider in created[:2]]
    pages = operator.get_paginator("list_identity_providers").paginate(
        UserPoolId=pool_id, PaginationConfig={"PageSize": 2}
    )
    assert [provider["ProviderName"] for page in pages for provider in page["Providers"]] == made
    assert len(operator.list_identity_providers(UserPoolId=pool_id, MaxResults=0)["Providers"]) == 5
    other = {"UserPoolId": make.pool(), "NextToken": first["NextToken"]}
    assert refusal(operator.list_identity_providers, **other)[0] == "InvalidParameterException"


def test_unknown_pools(operator: Any) -> None:
    pool = {"UserPoolId": "us-east-1_Nobody123"}
    name = {**pool, "ProviderName": "Example"}
    calls: list[tuple[Any, dict[str, Any]]] = [
        (operator.create_identity_provider, {**name, "ProviderType": "OIDC", "ProviderDetails": OIDC}),
        (operator.describe_identity_provider, name),
        (operator.update_identity_provider, name),
        (operator.delete_identity_provider, name),
        (operator.list_identity_providers, pool),
        (operator.get_identity_provider_by_identifier, {**pool, "IdpIdentifier": "a"}),
        (operator.get_signing_certificate, pool),
    ]
    for call, given in calls:
        assert refusal(call, **given)[:2] == (
            "ResourceNotFoundException",
            "User pool us-east-1_Nobody123 does not exist.",
        )


# ---- SAML


def test_what_metadata_says_is_shown(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    flags = {"IDPSignout": "true", "IDPInit": "False", "EncryptedResponses": "true"}
    given = {"MetadataFile": metadata(), **flags, "RequestSigningAlgorithm": "rsa-sha256"}
    made = create(operator, pool_id, "Example", "SAML", {**given, "SSORedirectBindingURI": "https://other.example"})
    details = made["ProviderDetails"]
    shown = _certificate(details.pop("ActiveEncryptionCertificate"))
    assert details == {
        **given,
        "IDPInit": "false",
        "SSORedirectBindingURI": SIGN_IN,
        "SLORedirectBindingURI": SIGN_OUT,
    }
    assert shown.subject.rfc4514_string() == f"OU=SAML decryption for Example,CN={pool_id}"
    names = {"UserPoolId": pool_id, "ProviderName": "Example"}
    # The document is fetched when it is needed, not now: there is nothing to tell of yet.
    changed = operator.update_identity_provider(**names, ProviderDetails={"MetadataURL": METADATA_URL})
    details = changed["IdentityProvider"]["ProviderDetails"]
    assert details.keys() == {"MetadataURL", "ActiveEncryptionCertificate"}
    assert _certificate(details["ActiveEncryptionCertificate"]) == shown
    places = {"SSORedirectBindingURI": SIGN_IN, "SLORedirectBindingURI": SIGN_OUT}
    changed = operator.update_identity_provider(**names, ProviderDetails={"MetadataURL": METADATA_URL, **places})
    assert places.items() <= changed["IdentityProvider"]["ProviderDetails"].items()
    without = metadata(services=service("SingleSignOnService", SIGN_IN))
    changed = operator.update_identity_provider(**names, ProviderDetails={"MetadataFile": without, **places})
    assert "SLORedirectBindingURI" not in changed["IdentityProvider"]["ProviderDetails"]


def _wrapped(*entities: str) -> str:
    inner = "".join(entities)
    return f'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{inner}</md:EntitiesDescriptor>'


@pytest.mark.parametrize(
    "document",
    [
        metadata(before='\n<?xml version="1.0" encoding="UTF-16"?>\n<!-- generated --><?pi x?>'),
        metadata(keys=key_descriptor(certificate(), use="")),
        metadata(keys=key_descriptor(certificate(is_expired=True)) + key_descriptor(certificate())),
        metadata(entity="urn:é:𝒳"),
        _wrapped(metadata(before="")),
    ],
)
def test_metadata_that_is_good(operator: Any, make: Factory, document: str) -> None:
    made = create(operator, make.pool(), "Example", "SAML", {"MetadataFile": document})
    assert made["ProviderDetails"]["SSORedirectBindingURI"] == SIGN_IN
    assert made["ProviderDetails"]["MetadataFile"] == document


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("<a", "The MetadataFile is not well-formed XML."),
        ("https://idp.example/metadata", "The MetadataFile is not well-formed XML."),
        (metadata() + "<b/>", "The MetadataFile is not well-formed XML."),
        ("<a>" * 2_000 + "</a>" * 2_000, "The MetadataFile is not well-formed XML."),
        (metadata(before="<!DOCTYPE md:EntityDescriptor>"), "The MetadataFile must not have a document type."),
        (
            metadata(before='<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>', entity="https://a/&e;"),
            "The MetadataFile is not well-formed XML.",
        ),
        (
            metadata(before='<!DOCTYPE a SYSTEM "https://idp.example/a.dtd">'),
            "The MetadataFile must not have a document type.",
        ),
        ("<a/>", "The metadata must describe one SAML 2.0 identity provider."),
        (
            metadata().replace("IDPSSODescriptor", "SPSSODescriptor"),
            "The metadata must describe one SAML 2.0 identity provider.",
        ),
        (
            metadata().replace("2.0:protocol", "1.1:protocol"),
            "The metadata must describe one SAML 2.0 identity provider.",
        ),
        (
            _wrapped(metadata(before=""), metadata(before="")),
            "The metadata must describe one SAML 2.0 identity provider.",
        ),
        (metadata(entity=""), "The metadata has no valid entityID."),
        (metadata(entity="x" * 1_025), "The metadata has no valid entityID."),
        (
            metadata(services=service("SingleLogoutService", SIGN_OUT)),
            "No SingleSignOn Http redirect binding location found in metadata.",
        ),
        (
            metadata(services=service("SingleSignOnService", "javascript:alert(1)")),
            "SSORedirectBindingURI must be an https URL.",
        ),
        (metadata(keys=""), "No signing certificate found in metadata."),
        (
            metadata(keys=key_descriptor(certificate(), ' use="encryption"')),
            "No signing certificate found in metadata.",
        ),
        (metadata(keys=key_descriptor("MIIB")), "A signing certificate of the metadata cannot be read."),
        (metadata(keys=key_descriptor("%%%")), "A signing certificate of the metadata cannot be read."),
        (metadata(keys=key_descriptor(certificate(is_expired=True))), "Signing certificates are expired"),
    ],
)
def test_metadata_that_is_refused(operator: Any, make: Factory, document: str, text: str) -> None:
    assert refused(operator, make.pool(), "SAML", {"MetadataFile": document}) == text


def test_entities_do_not_grow(operator: Any, make: Factory) -> None:
    """The billion laughs: what a few lines would expand to is never made."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE a [<!ENTITY l0 "ha">{levels}]>'
    for document in (metadata(before=bomb), f"{bomb}<a>&l11;</a>", f'{bomb}<a b="&l11;"/>'):
        assert "MetadataFile" in refused(operator, make.pool(), "SAML", {"MetadataFile": document})


def _certificate(text: str) -> Certificate:
    return load_der_x509_certificate(base64.b64decode(text, validate=True))


def _private(resources: Resources, pool_id: str, provider: str) -> RSAPrivateKey:
    with resources.database.read() as db:
        key = saml_keys.find_saml_key(db, pool_id, provider)
    assert key is not None
    private = load_der_private_key(saml_keys.private_der(resources.keyring, key), password=None)
    assert isinstance(private, RSAPrivateKey)
    return private


def test_the_signing_certificate_is_the_pools_own(
    operator: Any, make: Factory, resources: Resources, clock: Any
) -> None:
    pool_id = make.pool()
    text = operator.get_signing_certificate(UserPoolId=pool_id)["Certificate"]
    found = _certificate(text)
    public = found.public_key()
    assert isinstance(public, RSAPublicKey)
    assert public.key_size == 2_048
    # Self-signed, and the pool has the private key that it is about.
    assert found.signature_hash_algorithm is not None
    public.verify(found.signature, found.tbs_certificate_bytes, PKCS1v15(), found.signature_hash_algorithm)
    assert _private(resources, pool_id, saml_keys.SIGNING).public_key() == public
    assert found.not_valid_before_utc.timestamp() <= clock.now / 1_000
    years = found.not_valid_after_utc.timestamp() - clock.now / 1_000
    assert 3_651 <= years / 86_400 <= 3_653
    assert operator.get_signing_certificate(UserPoolId=pool_id)["Certificate"] == text
    other = operator.get_signing_certificate(UserPoolId=make.pool())["Certificate"]
    assert _certificate(other).public_key() != public


def test_callers_racing_for_the_first_certificate(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    with ThreadPoolExecutor(8) as threads:
        found = set(
            threads.map(lambda _: operator.get_signing_certificate(UserPoolId=pool_id)["Certificate"], range(8))
        )
    assert len(found) == 1


def test_certificates_are_renewed_every_year_over_the_same_key(operator: Any, make: Factory, clock: Any) -> None:
    pool_id = make.pool()
    names = {"UserPoolId": pool_id, "ProviderName": "Example"}
    create(operator, pool_id, "Example", "SAML", {"MetadataURL": METADATA_URL})

    def current() -> list[Certificate]:
        details = operator.describe_identity_provider(**names)["IdentityProvider"]["ProviderDetails"]
        signing = operator.get_signing_certificate(UserPoolId=pool_id)["Certificate"]
        return [_certificate(text) for text in (signing, details["ActiveEncryptionCertificate"])]

    first = current()
    clock.advance(days=364)
    assert current() == first
    clock.advance(days=1)
    second = current()
    assert current() == second
    for old, new in zip(first, second, strict=True):
        assert new.serial_number != old.serial_number
        assert new.public_key() == old.public_key()
        assert new.not_valid_after_utc > old.not_valid_after_utc
    assert first[0].public_key() != first[1].public_key()


def test_a_deleted_provider_takes_its_key_along(operator: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    names = {"UserPoolId": pool_id, "ProviderName": "Example"}
    certificates = []
    for _ in range(2):
        made = create(operator, pool_id, "Example", "SAML", {"MetadataURL": METADATA_URL})
        certificates.append(made["ProviderDetails"]["ActiveEncryptionCertificate"])
        operator.delete_identity_provider(**names)
    assert certificates[0] != certificates[1]
    with resources.database.read() as db:
        assert saml_keys.find_saml_key(db, pool_id, "Example") is None


# ---- secrets, clients, pages


def test_secrets_are_sealed_and_never_audited(operator: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    create(operator, pool_id, "Example", "OIDC", OIDC)
    create(operator, pool_id, "SignInWithApple", "SignInWithApple", {**APPLE, "private_key": PRIVATE_KEY})
    operator.update_identity_provider(UserPoolId=pool_id, ProviderName="Example", ProviderDetails=OIDC)
    operator.get_signing_certificate(UserPoolId=pool_id)
    audited = []
    with resources.database.read() as db:
        for table in Base.metadata.sorted_tables:
            if "pool_id" in table.c:
                for row in db.execute(select(table).where(table.c.pool_id == pool_id)):
                    values = b" ".join(value if isinstance(value, bytes) else repr(value).encode() for value in row)
                    assert SECRET.encode() not in values, table.name
                    assert b"MIGTAgEAMBMGByqGSM49" not in values, table.name
                    audited += [row.kind] if table.name == "audit_events" else []
    assert audited.count("CreateIdentityProvider") == 2
    assert "UpdateIdentityProvider" in audited


def test_purging_a_pool_removes_its_providers(operator: Any, make: Factory, resources: Resources, clock: Any) -> None:
    pool_id = make.pool()
    create(operator, pool_id, "Example", "SAML", {"MetadataURL": METADATA_URL}, IdpIdentifiers=["a"])
    operator.get_signing_certificate(UserPoolId=pool_id)
    operator.delete_user_pool(UserPoolId=pool_id)
    clock.advance(minutes=2)
    assert purge_pools(make.work()) > 0
    with resources.database.read() as db:
        for name in ("identity_providers", "idp_identifiers", "saml_keys"):
            table = Base.metadata.tables[name]
            assert db.execute(select(table).where(table.c.pool_id == pool_id)).all() == []


def test_clients_name_the_providers_of_their_pool(operator: Any, make: Factory) -> None:
    pool_id, other = make.pool(), make.pool()
    create(operator, other, "Example", "OIDC", OIDC)
    client_id = make.client(pool_id)["ClientId"]
    names = {"UserPoolId": pool_id, "ClientId": client_id}
    wanted = {"SupportedIdentityProviders": ["COGNITO", "Example"]}
    text = f"The provider Example does not exist for User Pool {pool_id}."
    for call, given in (
        (operator.update_user_pool_client, names),
        (operator.create_user_pool_client, {"UserPoolId": pool_id, "ClientName": "x"}),
    ):
        assert refusal(call, **given, **wanted)[:2] == ("InvalidParameterException", text)
    create(operator, pool_id, "Example", "OIDC", OIDC)
    changed = operator.update_user_pool_client(**names, **wanted)["UserPoolClient"]
    assert changed["SupportedIdentityProviders"] == ["COGNITO", "Example"]
    assert make.client(pool_id, **wanted)["SupportedIdentityProviders"] == ["COGNITO", "Example"]
    # A client keeps the name of a provider that goes, and cannot be given it again until there is one.
    operator.delete_identity_provider(UserPoolId=pool_id, ProviderName="Example")
    kept = operator.describe_user_pool_client(**names)["UserPoolClient"]
    assert kept["SupportedIdentityProviders"] == ["COGNITO", "Example"]
    assert refusal(operator.update_user_pool_client, **names, **wanted)[1] == text


def test_pages_offer_no_provider_that_nobody_can_sign_in_through(
    operator: Any, make: Factory, http: httpx.Client
) -> None:
    pool_id = make.pool()
    create(operator, pool_id, "Google", "Google", SOCIAL)
    create(operator, pool_id, "Example", "SAML", {"MetadataFile": metadata()}, IdpIdentifiers=["example.com"])
    client = make.client(
        pool_id,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        CallbackURLs=[CALLBACK],
        SupportedIdentityProviders=["COGNITO", "Google", "Example"],
    )
    visitor = Visitor(http).open(App(pool_id, client["ClientId"]).url(scope="openid"))
    assert visitor.hidden()["request"]
    for trace in ("Google", "Example", "idp.example", ENTITY):
        assert trace not in visitor.response.text


def test_a_provider_of_another_type_in_place_of_the_old_one(operator: Any, make: Factory) -> None:
    """An update that was checked for one type is not stored for another."""
    pool_id = make.pool()
    create(operator, pool_id, "Example", "OIDC", OIDC)
    names = {"UserPoolId": pool_id, "ProviderName": "Example"}
    with pytest.MonkeyPatch.context() as patch:

        def replaced(*_: Any) -> dict[str, str]:
            patch.undo()
            operator.delete_identity_provider(**names)
            create(operator, pool_id, "Example", "SAML", {"MetadataURL": METADATA_URL})
            return OIDC

        patch.setattr("app.core.provider_configuration.checked_details", replaced)
        with pytest.raises(ConcurrentModificationException):
            update_identity_provider(make.work(), pool_id, "Example", ProviderChanges(OIDC))
    details = operator.describe_identity_provider(**names)["IdentityProvider"]["ProviderDetails"]
    assert json.dumps(details).count(SECRET) == 0
