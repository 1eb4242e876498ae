"""Chapters about pools and what belongs to them: app clients, domains, resource servers, groups."""

from conformance.aws_cli.terminal import Terminal, client, person


def _user_pools(aws: Terminal, pool_id: str) -> None:
    pool = {"UserPoolId": pool_id}
    arn = aws("DescribeUserPool", **pool, gives={"UserPool.Name": "cli user pools"})["UserPool"]["Arn"]
    protected = {"AutoVerifiedAttributes": ["email"], "DeletionProtection": "ACTIVE"}
    aws("UpdateUserPool", **pool, **protected, UserPoolTags={"stage": "test"})
    aws("DescribeUserPool", **pool, gives={"UserPool.[DeletionProtection, UserPoolTags.stage]": ["ACTIVE", "test"]})
    aws.refuses("DeleteUserPool", "InvalidParameterException", **pool)
    aws("UpdateUserPool", **pool, **{**protected, "DeletionProtection": "INACTIVE"})
    aws("AddCustomAttributes", **pool, CustomAttributes=[{"Name": "team", "AttributeDataType": "String"}])
    own = "UserPool.SchemaAttributes[?Name=='custom:team'].AttributeDataType"
    aws("DescribeUserPool", **pool, gives={own: ["String"]})
    aws("ListUserPools", MaxResults=60, gives={f"UserPools[?Id=='{pool_id}'].Name": ["cli user pools"]})
    optional = {"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": True}}
    told = {"[MfaConfiguration, SoftwareTokenMfaConfiguration.Enabled]": ["OPTIONAL", True]}
    aws("SetUserPoolMfaConfig", **pool, **optional, gives=told)
    aws("GetUserPoolMfaConfig", **pool, gives=told)
    aws("TagResource", ResourceArn=arn, Tags={"owner": "nobody"})
    aws("ListTagsForResource", ResourceArn=arn, gives={"Tags": {"owner": "nobody"}})
    aws("TagResource", ResourceArn=arn, Tags={"stage": "test"})
    aws("UntagResource", ResourceArn=arn, TagKeys=["owner"])
    aws("ListTagsForResource", ResourceArn=arn, gives={"Tags": {"stage": "test"}})
    aws("CreateUserPool", PoolName="another", gives={"UserPool.[Name, UserPoolTier]": ["another", "ESSENTIALS"]})


def _app_clients(aws: Terminal, pool_id: str) -> None:
    made = aws(
        "CreateUserPoolClient",
        UserPoolId=pool_id,
        ClientName="app",
        GenerateSecret=True,
        gives={"UserPoolClient.[ClientName, UserPoolId, length(ClientSecret)]": ["app", pool_id, 51]},
    )["UserPoolClient"]
    named = {"UserPoolId": pool_id, "ClientId": made["ClientId"]}
    changed = {"UserPoolClient.[ClientName, AccessTokenValidity]": ["renamed", 2]}
    aws("UpdateUserPoolClient", **named, ClientName="renamed", AccessTokenValidity=2, gives=changed)
    aws("DescribeUserPoolClient", **named, gives=changed)
    described = aws("AddUserPoolClientSecret", **named, gives={"length(ClientSecretDescriptor.ClientSecretValue)": 51})
    second = described["ClientSecretDescriptor"]["ClientSecretId"]
    aws("ListUserPoolClientSecrets", **named, gives={"length(ClientSecrets)": 2})
    aws("DeleteUserPoolClientSecret", **named, ClientSecretId=second)
    left = {"length(ClientSecrets)": 1, f"ClientSecrets[?ClientSecretId=='{second}']": []}
    aws("ListUserPoolClientSecrets", **named, gives=left)
    aws("ListUserPoolClients", UserPoolId=pool_id, gives={"UserPoolClients[].ClientName": ["renamed"]})
    aws("DeleteUserPoolClient", **named)
    aws.refuses("DescribeUserPoolClient", "ResourceNotFoundException", **named)


def _domains(aws: Terminal, pool_id: str) -> None:
    domain = {"UserPoolId": pool_id, "Domain": pool_id.partition("_")[2].lower()}
    aws("CreateUserPoolDomain", **domain, gives={"ManagedLoginVersion": 1})
    aws("UpdateUserPoolDomain", **domain, ManagedLoginVersion=2, gives={"ManagedLoginVersion": 2})
    active = {"DomainDescription.[UserPoolId, Status, ManagedLoginVersion]": [pool_id, "ACTIVE", 2]}
    aws("DescribeUserPoolDomain", Domain=domain["Domain"], gives=active)
    aws("DeleteUserPoolDomain", **domain)
    aws("DescribeUserPoolDomain", Domain=domain["Domain"], gives={"DomainDescription": {}})


def _resource_servers(aws: Terminal, pool_id: str) -> None:
    api = {"UserPoolId": pool_id, "Identifier": "api"}
    read, write = ({"ScopeName": name, "ScopeDescription": name.title()} for name in ("read", "write"))
    aws("CreateResourceServer", **api, Name="API", Scopes=[read], gives={"ResourceServer.Scopes": [read]})
    changed = {"ResourceServer.[Name, Scopes]": ["API 2", [write]]}
    aws("UpdateResourceServer", **api, Name="API 2", Scopes=[write], gives=changed)
    aws("DescribeResourceServer", **api, gives=changed)
    aws("ListResourceServers", UserPoolId=pool_id, gives={"ResourceServers[].Identifier": ["api"]})
    service = client(
        aws,
        pool_id,
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["api/write"],
    )
    aws(
        "GetClientToken",
        ClientId=service["ClientId"],
        Secret=service["ClientSecret"],
        Scopes=["api/write"],
        gives={"ClientAuthenticationResult.[TokenType, ExpiresIn]": ["Bearer", 3600]},
    )
    aws("DeleteResourceServer", **api)
    aws.refuses("DescribeResourceServer", "ResourceNotFoundException", **api)


def _groups(aws: Terminal, pool_id: str) -> None:
    pool, group = {"UserPoolId": pool_id}, {"UserPoolId": pool_id, "GroupName": "engineers"}
    aws("CreateGroup", **group, gives={"Group.[GroupName, UserPoolId, Precedence]": ["engineers", pool_id, None]})
    changed = {"Group.[Description, Precedence]": ["Who builds", 3]}
    aws("UpdateGroup", **group, Description="Who builds", Precedence=3, gives=changed)
    aws("GetGroup", **group, gives=changed)
    person(aws, pool_id)
    aws("AdminAddUserToGroup", **group, Username="ada")
    aws("ListUsersInGroup", **group, gives={"Users[].Username": ["ada"]})
    aws("AdminListGroupsForUser", **pool, Username="ada", gives={"Groups[].GroupName": ["engineers"]})
    aws("AdminRemoveUserFromGroup", **group, Username="ada")
    aws("ListUsersInGroup", **group, gives={"Users": []})
    aws("ListGroups", **pool, gives={"Groups[].[GroupName, Precedence]": [["engineers", 3]]})
    aws("DeleteGroup", **group)
    aws.refuses("GetGroup", "ResourceNotFoundException", **group)


CHAPTERS = (_user_pools, _app_clients, _domains, _resource_servers, _groups)
