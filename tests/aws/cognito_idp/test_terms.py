"""Terms documents through a real botocore client."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from botocore.exceptions import ClientError

from app.core.access_keys import create_access_key
from app.core.policies import parse_policy
from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.conftest import Clock
from tests.factories import Factory
from tests.in_process import InProcessServer

DEFAULT = {"cognito:default": "https://terms.example.com"}
LINKS = {
    **DEFAULT,
    "cognito:spanish": "https://terms.example.com/es?a=b#c",
    "cognito:chinese-simplified": "HTTPS://ä.example:8443/规",
}
REST = {"TermsSource": "LINK", "Enforcement": "NONE"}


@pytest.fixture
def place(make: Factory) -> dict[str, str]:
    """A pool and a client of it."""
    pool_id = make.pool()
    return {"UserPoolId": pool_id, "ClientId": make.client(pool_id)["ClientId"]}


def create(operator: Any, place: dict[str, str], name: str = "terms-of-use", **options: Any) -> dict[str, Any]:
    options.setdefault("Links", DEFAULT)
    made: dict[str, Any] = operator.create_terms(**place, TermsName=name, **REST, **options)["Terms"]
    return made


def document_of(made: dict[str, Any]) -> dict[str, str]:
    return {"UserPoolId": made["UserPoolId"], "TermsId": made["TermsId"]}


def test_terms_from_beginning_to_end(operator: Any, place: dict[str, str], clock: Clock) -> None:
    made = create(operator, place, Links=LINKS)
    assert UUID(made["TermsId"]).version == 4
    assert made["CreationDate"].timestamp() * 1_000 == clock.now
    assert made == {
        **place,
        **REST,
        "TermsId": made["TermsId"],
        "TermsName": "terms-of-use",
        "Links": LINKS,
        "CreationDate": made["CreationDate"],
        "LastModifiedDate": made["CreationDate"],
    }
    assert operator.describe_terms(**document_of(made))["Terms"] == made
    assert operator.describe_terms_by_client(**place, TermsName="terms-of-use")["Terms"] == made
    policy = {**place, "TermsName": "privacy-policy"}
    code, message, _ = refusal(operator.describe_terms_by_client, **policy)
    assert (code, message) == ("ResourceNotFoundException", "Terms documents do not exist.")
    create(operator, place, "privacy-policy")
    reply = operator.delete_terms(**document_of(made))
    assert set(reply) == {"ResponseMetadata"}
    for call in (operator.describe_terms, operator.delete_terms, operator.update_terms):
        assert refusal(call, **document_of(made))[0] == "ResourceNotFoundException"
    assert create(operator, place)["TermsId"] != made["TermsId"]


def test_an_update_keeps_what_it_is_not_given(operator: Any, place: dict[str, str], clock: Clock) -> None:
    made = create(operator, place, Links=LINKS)
    clock.advance(seconds=3)
    named = operator.update_terms(**document_of(made), TermsName="privacy-policy")["Terms"]
    assert named == {**made, "TermsName": "privacy-policy", "LastModifiedDate": named["LastModifiedDate"]}
    assert (named["LastModifiedDate"] - made["LastModifiedDate"]).total_seconds() == 3
    linked = operator.update_terms(**document_of(made), Links=DEFAULT, **REST)["Terms"]
    assert linked == {**named, "Links": DEFAULT}
    assert operator.update_terms(**document_of(made))["Terms"] == linked
    assert operator.describe_terms(**document_of(made))["Terms"] == linked


def test_a_client_has_one_document_of_each_name(operator: Any, make: Factory, place: dict[str, str]) -> None:
    def attempt(_: int) -> str:
        try:
            create(operator, place)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "created"

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(attempt, range(6)))
    assert sorted(outcomes) == [*5 * ["TermsExistsException"], "created"]
    policy = create(operator, place, "privacy-policy")
    with pytest.raises(operator.exceptions.TermsExistsException, match="already exist"):
        operator.update_terms(**document_of(policy), TermsName="terms-of-use")
    assert operator.update_terms(**document_of(policy), TermsName="privacy-policy")["Terms"]["Links"] == DEFAULT
    other = {**place, "ClientId": make.client(place["UserPoolId"])["ClientId"]}
    create(operator, other)


@pytest.mark.parametrize(
    "links",
    [
        None,
        {},
        {"cognito:english": "https://terms.example.com"},
        {"cognito:default": "http://terms.example.com"},
        {"cognito:default": "javascript:alert(1)"},
        {"cognito:default": "//terms.example.com"},
        {"cognito:default": "https://"},
        {"cognito:default": "https:///path"},
        {"cognito:default": "https:terms.example.com"},
        {"cognito:default": "https://user:pass@terms.example.com"},
        {"cognito:default": "https://terms.example.com:99999"},
        {"cognito:default": "https://[::1"},
        {"cognito:default": 'https://terms.example.com/"onclick="a()'},
        {"cognito:default": "https://terms.example.com/<script>"},
        {"cognito:default": "https://terms.example.com\\@evil.example"},
        {"cognito:default": "https://terms.example.com/a b"},
        {"cognito:default": "https://terms.example.com/" + "x" * 1_000},
        {**DEFAULT, "cognito:english": "ftp://terms.example.com"},
        {**DEFAULT, "cognito:klingon": "https://terms.example.com"},
        {**DEFAULT, "english": "https://terms.example.com"},
    ],
    ids=lambda links: str(links)[:60],
)
def test_links_are_https_urls_by_language(operator: Any, place: dict[str, str], links: dict[str, str] | None) -> None:
    given = {} if links is None else {"Links": links}
    call = {**place, "TermsName": "terms-of-use", **REST}
    assert refusal(operator.create_terms, **call, **given)[0] == "InvalidParameterException"
    assert operator.list_terms(UserPoolId=place["UserPoolId"])["Terms"] == []
    if links is not None:
        made = create(operator, place)
        assert refusal(operator.update_terms, **document_of(made), **given)[0] == "InvalidParameterException"
        assert operator.describe_terms(**document_of(made))["Terms"] == made


@pytest.mark.parametrize(
    "wrong",
    [{"TermsName": "imprint"}, {"TermsName": "terms-of-use-2"}, {"TermsSource": "TEXT"}, {"Enforcement": "REQUIRED"}],
)
def test_names_sources_and_enforcements_are_cognitos(
    operator: Any, place: dict[str, str], wrong: dict[str, str]
) -> None:
    call = {**place, "TermsName": "terms-of-use", **REST, "Links": DEFAULT, **wrong}
    assert refusal(operator.create_terms, **call)[0] == "InvalidParameterException"
    made = create(operator, place)
    assert refusal(operator.update_terms, **document_of(made), **wrong)[0] == "InvalidParameterException"


def test_a_pool_has_forty_documents(operator: Any, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.terms.MAX_DOCUMENTS", 2)
    pool_id = make.pool()
    places = [{"UserPoolId": pool_id, "ClientId": make.client(pool_id)["ClientId"]} for _ in range(2)]
    create(operator, places[0])
    create(operator, places[0], "privacy-policy")
    call = {**places[1], "TermsName": "terms-of-use", **REST, "Links": DEFAULT}
    assert refusal(operator.create_terms, **call)[0] == "LimitExceededException"
    operator.delete_user_pool_client(**places[0])
    assert operator.list_terms(UserPoolId=pool_id)["Terms"] == []
    create(operator, places[1])


def test_terms_are_listed_in_pages(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    made = [
        create(operator, {"UserPoolId": pool_id, "ClientId": client_id}, name)
        for client_id in [make.client(pool_id)["ClientId"] for _ in range(3)]
        for name in ("terms-of-use", "privacy-policy")
    ]
    shown = ("TermsId", "TermsName", "Enforcement", "CreationDate", "LastModifiedDate")
    expected = sorted(({name: one[name] for name in shown} for one in made), key=lambda one: one["TermsId"])
    whole = operator.list_terms(UserPoolId=pool_id)
    assert whole["Terms"] == expected
    assert "NextToken" not in whole
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    for size in (2, 3, 60):
        page = operator.list_terms(UserPoolId=pool_id, MaxResults=size, **token)
        found += page["Terms"]
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
    assert found == expected
    assert token == {}
    first = operator.list_terms(UserPoolId=pool_id, MaxResults=1)["NextToken"]
    for wrong in ({"UserPoolId": make.pool(), "NextToken": first}, {"UserPoolId": pool_id, "NextToken": first[:-3]}):
        assert refusal(operator.list_terms, **wrong)[0] == "InvalidParameterException"
    assert refusal(operator.list_terms, UserPoolId=pool_id, MaxResults=61)[0] == "InvalidParameterException"


def test_terms_are_of_one_pool(operator: Any, make: Factory, place: dict[str, str]) -> None:
    made = create(operator, place)
    other = make.pool()
    for call in (operator.describe_terms, operator.update_terms, operator.delete_terms):
        assert refusal(call, UserPoolId=other, TermsId=made["TermsId"])[0] == "ResourceNotFoundException"
        assert refusal(call, UserPoolId=place["UserPoolId"], TermsId=str(uuid4()))[0] == "ResourceNotFoundException"
    names = {"UserPoolId": other, "ClientId": place["ClientId"], "TermsName": "terms-of-use"}
    assert refusal(operator.describe_terms_by_client, **names)[0] == "ResourceNotFoundException"
    assert refusal(operator.create_terms, **names, **REST, Links=DEFAULT)[0] == "ResourceNotFoundException"
    assert operator.list_terms(UserPoolId=other)["Terms"] == []
    code, message, _ = refusal(operator.list_terms, UserPoolId="us-east-1_Nowhere00")
    assert (code, message) == ("ResourceNotFoundException", "User pool us-east-1_Nowhere00 does not exist.")
    assert operator.describe_terms(**document_of(made))["Terms"] == made


def test_whoever_may_not_describe_terms_may_not_by_client(
    operator: Any, place: dict[str, str], resources: Resources, server: InProcessServer
) -> None:
    create(operator, place)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}

    def limited(*statements: dict[str, Any]) -> Any:
        policy = parse_policy(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
        with resources.database.write() as db:
            key = create_access_key(db, resources.keyring, "123456789012", "zoe", policy, resources.clock())
        return server.boto_client("cognito-idp", key)

    names = {**place, "TermsName": "terms-of-use"}
    denied = limited(everything, {"Effect": "Deny", "Action": "cognito-idp:DescribeTerms", "Resource": "*"})
    code, message, _ = refusal(denied.describe_terms_by_client, **names)
    assert (code, "explicit deny" in message) == ("AccessDeniedException", True)
    assert denied.list_terms(UserPoolId=place["UserPoolId"])["Terms"]
    allowed = limited({**everything, "Action": "cognito-idp:DescribeTermsByClient"})
    assert allowed.describe_terms_by_client(**names)["Terms"]["Links"] == DEFAULT
