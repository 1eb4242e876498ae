"""Chapters about configuration: the look of pages, terms, identity providers, risk, logs, imports, replicas, quotas."""

import tempfile
from pathlib import Path
from typing import Any

from conformance.aws_cli.terminal import Terminal, client, password_client, person, sign_in

ROLE = "arn:aws:iam::123456789012:role/import-logs"
OIDC = {
    "client_id": "poolhouse",
    "client_secret": "a-secret-between-providers",
    "authorize_scopes": "openid email",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://idp.example",
}
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"


def _managed_login_branding(aws: Terminal, pool_id: str) -> None:
    named = {"UserPoolId": pool_id, "ClientId": client(aws, pool_id)["ClientId"]}
    settings = {"componentClasses": {"buttons": {"borderRadius": 4}}}
    logo = '<svg xmlns="http://www.w3.org/2000/svg"><rect width="2" height="1"/></svg>'
    # The CLI encodes the bytes of text itself.
    asset = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "SVG", "Bytes": logo}
    radius = "ManagedLoginBranding.Settings.componentClasses.buttons.borderRadius"
    made = aws(
        "CreateManagedLoginBranding",
        **named,
        Settings=settings,
        Assets=[asset],
        gives={radius: 4, "ManagedLoginBranding.Assets[].[Category, Extension]": [["FORM_LOGO", "SVG"]]},
    )
    style = {"UserPoolId": pool_id, "ManagedLoginBrandingId": made["ManagedLoginBranding"]["ManagedLoginBrandingId"]}
    aws("DescribeManagedLoginBranding", **style, gives={radius: 4})
    aws("DescribeManagedLoginBrandingByClient", **named, ReturnMergedResources=True, gives={radius: 4})
    provided = {"ManagedLoginBranding.[UseCognitoProvidedValues, Settings]": [True, None]}
    aws("UpdateManagedLoginBranding", **style, UseCognitoProvidedValues=True, gives=provided)
    aws("DeleteManagedLoginBranding", **style)
    aws.refuses("DescribeManagedLoginBranding", "ResourceNotFoundException", **style)


def _terms(aws: Terminal, pool_id: str) -> None:
    named = {"UserPoolId": pool_id, "ClientId": client(aws, pool_id)["ClientId"]}
    links = {"cognito:default": "https://example.com/terms"}
    document: dict[str, Any] = {"TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE"}
    made = aws("CreateTerms", **named, **document, Links=links, gives={"Terms.Links": links})["Terms"]
    terms = {"UserPoolId": pool_id, "TermsId": made["TermsId"]}
    aws("DescribeTerms", **terms, gives={"Terms": made})
    aws("DescribeTermsByClient", **named, TermsName="terms-of-use", gives={"Terms.TermsId": made["TermsId"]})
    changed = {"cognito:default": "https://example.com/terms-2"}
    aws("UpdateTerms", **terms, Links=changed, gives={"Terms.Links": changed})
    aws("ListTerms", UserPoolId=pool_id, gives={"Terms[].TermsName": ["terms-of-use"]})
    aws("DeleteTerms", **terms)
    aws.refuses("DescribeTerms", "ResourceNotFoundException", **terms)


def _ui_customization(aws: Terminal, pool_id: str) -> None:
    domain = pool_id.partition("_")[2].lower()
    aws("CreateUserPoolDomain", UserPoolId=pool_id, Domain=domain)
    css = ".label-customizable {font-weight: 400;}"
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "logo.png"
        image.write_bytes(PNG)
        told = {
            "UICustomization.[ClientId, CSS]": ["ALL", css],
            f"contains(UICustomization.ImageUrl, '/{pool_id}/_custom/logo?client_id=ALL&version=')": True,
        }
        aws("SetUICustomization", UserPoolId=pool_id, CSS=css, ImageFile=f"fileb://{image}", gives=told)
    aws("GetUICustomization", UserPoolId=pool_id, gives=told)
    aws("DeleteUserPoolDomain", UserPoolId=pool_id, Domain=domain)


def _identity_providers(aws: Terminal, pool_id: str) -> None:
    pool, named = {"UserPoolId": pool_id}, {"UserPoolId": pool_id, "ProviderName": "Example"}
    shown = {"IdentityProvider.[ProviderType, ProviderDetails.client_id]": ["OIDC", "poolhouse"]}
    given = {"ProviderType": "OIDC", "ProviderDetails": OIDC, "IdpIdentifiers": ["example.com"]}
    aws("CreateIdentityProvider", **named, **given, AttributeMapping={"email": "email"}, gives=shown)
    aws("DescribeIdentityProvider", **named, gives=shown)
    aws("GetIdentityProviderByIdentifier", **pool, IdpIdentifier="example.com", gives=shown)
    aws("ListIdentityProviders", **pool, gives={"Providers[].[ProviderName, ProviderType]": [["Example", "OIDC"]]})
    changed = {"IdentityProvider.ProviderDetails.client_id": "changed"}
    aws("UpdateIdentityProvider", **named, ProviderDetails={**OIDC, "client_id": "changed"}, gives=changed)
    aws("GetSigningCertificate", **pool, gives={"starts_with(Certificate, 'MII')": True})
    person(aws, pool_id)
    linked = _identity("Example", "Cognito_Subject", "subject-1")
    aws("AdminLinkProviderForUser", **pool, DestinationUser=_identity("Cognito", "", "ada"), SourceUser=linked)
    identities = "UserAttributes[?Name=='identities'].Value | [0]"
    aws("AdminGetUser", **pool, Username="ada", gives={f"contains({identities}, 'subject-1')": True})
    aws("AdminDisableProviderForUser", **pool, User=linked)
    aws("AdminGetUser", **pool, Username="ada", gives={f"contains({identities} || '', 'subject-1')": False})
    aws("DeleteIdentityProvider", **named)
    aws.refuses("DescribeIdentityProvider", "ResourceNotFoundException", **named)


def _identity(provider: str, attribute: str, value: str) -> dict[str, str]:
    named = {"ProviderName": provider, "ProviderAttributeValue": value}
    return {**named, "ProviderAttributeName": attribute} if attribute else named


def _threat_protection(aws: Terminal, pool_id: str) -> None:
    pool, user = {"UserPoolId": pool_id}, {"UserPoolId": pool_id, "Username": "ada"}
    aws("UpdateUserPool", **pool, UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})
    ranges = {"BlockedIPRangeList": ["192.0.2.0/24"], "SkippedIPRangeList": ["198.51.100.7/32"]}
    stored = {"RiskConfiguration.RiskExceptionConfiguration": ranges}
    aws("SetRiskConfiguration", **pool, RiskExceptionConfiguration=ranges, gives=stored)
    aws("DescribeRiskConfiguration", **pool, gives=stored)
    client_id = password_client(aws, pool_id)
    person(aws, pool_id)
    sign_in(aws, client_id)
    seen = {"AuthEvents[].[EventType, EventResponse]": [["SignIn", "Pass"]]}
    event = {"EventId": aws("AdminListUserAuthEvents", **user, gives=seen)["AuthEvents"][0]["EventId"]}
    aws("AdminUpdateAuthEventFeedback", **user, **event, FeedbackValue="Valid")
    aws("AdminListUserAuthEvents", **user, gives={"AuthEvents[0].EventFeedback.FeedbackValue": "Valid"})
    # The token is in the notification about a risk.
    wrong = {**event, "FeedbackToken": "none", "FeedbackValue": "Invalid"}
    aws.refuses("UpdateAuthEventFeedback", "NotAuthorizedException", **user, **wrong)


def _log_delivery(aws: Terminal, pool_id: str) -> None:
    facts = aws.server.facts
    group = f"arn:aws:logs:{facts.region}:{facts.account_id}:log-group:/aws/vendedlogs/pool"
    notifications = {"EventSource": "userNotification", "LogLevel": "ERROR"}
    given = [{**notifications, "CloudWatchLogsConfiguration": {"LogGroupArn": group}}]
    told = {"LogDeliveryConfiguration": {"UserPoolId": pool_id, "LogConfigurations": given}}
    aws("SetLogDeliveryConfiguration", UserPoolId=pool_id, LogConfigurations=given, gives=told)
    aws("GetLogDeliveryConfiguration", UserPoolId=pool_id, gives=told)


def _imports(aws: Terminal, pool_id: str) -> None:
    pool = {"UserPoolId": pool_id}
    header = {"CSVHeader[-1]": "cognito:username", "contains(CSVHeader, 'email_verified')": True}
    aws("GetCSVHeader", **pool, gives=header)
    given = {"JobName": "people", "CloudWatchLogsRoleArn": ROLE}
    job = aws("CreateUserImportJob", **pool, **given, gives={"UserImportJob.Status": "Created"})["UserImportJob"]
    named = {**pool, "JobId": job["JobId"]}
    aws("DescribeUserImportJob", **named, gives={"UserImportJob": job})
    aws("ListUserImportJobs", **pool, MaxResults=10, gives={"UserImportJobs": [job]})
    # A job without a file cannot start, and one that does not run cannot stop.
    aws.refuses("StartUserImportJob", "PreconditionNotMetException", **named)
    aws.refuses("StopUserImportJob", "PreconditionNotMetException", **named)


def _replicas(aws: Terminal, pool_id: str) -> None:
    region = aws.server.facts.region
    primary = [[region, "PRIMARY", "ACTIVE"]]
    aws("ListUserPoolReplicas", UserPoolId=pool_id, gives={"UserPoolReplicas[].[RegionName, Role, Status]": primary})
    # Cognito, too, replicates no pool without a key of the customer.
    named = {"UserPoolId": pool_id, "RegionName": "eu-west-1"}
    aws.refuses("CreateUserPoolReplica", "InvalidParameterException", **named)
    aws.refuses("UpdateUserPoolReplica", "ResourceNotFoundException", **named, Status="INACTIVE")
    aws.refuses("DeleteUserPoolReplica", "ResourceNotFoundException", **named)


def _quotas(aws: Terminal, pool_id: str) -> None:
    category = {"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserAuthentication"}}
    aws("GetProvisionedLimit", LimitDefinition=category, gives={"Limit.FreeLimitValue": 120})
    raised = {"Limit.ProvisionedLimitValue": 300}
    aws("UpdateProvisionedLimit", LimitDefinition=category, RequestedLimitValue=300, gives=raised)
    aws("GetProvisionedLimit", LimitDefinition=category, gives=raised)


CHAPTERS = (
    _managed_login_branding,
    _terms,
    _ui_customization,
    _identity_providers,
    _threat_protection,
    _log_delivery,
    _imports,
    _replicas,
    _quotas,
)
