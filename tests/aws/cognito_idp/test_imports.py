"""User import jobs through a real botocore client."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import update

from app.db.tables.imports import ImportJob
from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.conftest import Clock
from tests.factories import Factory

Members = dict[str, Any]
ROLE = "arn:aws:iam::123456789012:role/import-logs"
STATES = ("Created", "Pending", "InProgress", "Stopping", "Expired", "Stopped", "Failed", "Succeeded")


@pytest.fixture
def pool_id(make: Factory) -> str:
    return make.pool()


def created(operator: Any, pool_id: str, name: str = "job", **more: str) -> Members:
    job: Members = operator.create_user_import_job(
        UserPoolId=pool_id, JobName=name, CloudWatchLogsRoleArn=ROLE, **more
    )["UserImportJob"]
    return job


def put(resources: Resources, job: Members, status: str) -> Members:
    """Puts the job into a state, as whatever runs imports will; gives the names for the operations."""
    with resources.database.write() as db:
        db.execute(
            update(ImportJob)
            .where(ImportJob.pool_id == job["UserPoolId"], ImportJob.job_id == job["JobId"])
            .values(status=status)
        )
    return {"UserPoolId": job["UserPoolId"], "JobId": job["JobId"]}


def test_the_header_of_the_file(operator: Any, make: Factory) -> None:
    own = [
        {"Name": name, "AttributeDataType": "String", "DeveloperOnlyAttribute": name == "kept"}
        for name in ("shoe", "kept")
    ]
    pool_id = make.pool(Schema=own)
    found = operator.get_csv_header(UserPoolId=pool_id)
    assert found["UserPoolId"] == pool_id
    assert ",".join(found["CSVHeader"]) == (
        "name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website,"
        "email,email_verified,gender,birthdate,zoneinfo,locale,phone_number,phone_number_verified,"
        "address,updated_at,custom:shoe,dev:custom:kept,cognito:mfa_enabled,cognito:username"
    )
    operator.add_custom_attributes(
        UserPoolId=pool_id, CustomAttributes=[{"Name": "hat", "AttributeDataType": "String"}]
    )
    assert "custom:hat" in operator.get_csv_header(UserPoolId=pool_id)["CSVHeader"]


def test_a_job_is_made_and_told(operator: Any, pool_id: str, clock: Clock) -> None:
    job = created(operator, pool_id, "first job", PasswordHashingAlgorithm="BCRYPT")
    described = operator.describe_user_import_job(UserPoolId=pool_id, JobId=job["JobId"])["UserImportJob"]
    assert described == job
    assert job.pop("JobId").startswith("import-")
    assert job.pop("CreationDate").timestamp() * 1_000 == clock.now
    assert job == {
        "JobName": "first job",
        "UserPoolId": pool_id,
        "Status": "Created",
        "CloudWatchLogsRoleArn": ROLE,
        "ImportedUsers": 0,
        "SkippedUsers": 0,
        "FailedUsers": 0,
        "PasswordHashingAlgorithm": "BCRYPT",
    }, "there is no PreSignedUrl: nothing would answer there"


def test_a_job_without_a_file_cannot_start(operator: Any, pool_id: str) -> None:
    names = {"UserPoolId": pool_id, "JobId": created(operator, pool_id)["JobId"]}
    code, message, status = refusal(operator.start_user_import_job, **names)
    assert (code, status) == ("PreconditionNotMetException", 400)
    assert "no CSV file has been uploaded" in message
    assert operator.describe_user_import_job(**names)["UserImportJob"]["Status"] == "Created"


@pytest.mark.parametrize("status", STATES)
def test_the_states_of_a_job(operator: Any, pool_id: str, resources: Resources, status: str) -> None:
    names = put(resources, created(operator, pool_id), status)
    attribute = {"Name": "x", "AttributeDataType": "String"}
    if status in {"Pending", "InProgress", "Stopping"}:
        for call, members in (
            (operator.update_user_pool, {}),
            (operator.delete_user_pool, {}),
            (operator.add_custom_attributes, {"CustomAttributes": [attribute]}),
        ):
            assert refusal(call, UserPoolId=pool_id, **members)[0] == "UserImportInProgressException"
    else:
        operator.update_user_pool(UserPoolId=pool_id)
    assert refusal(operator.start_user_import_job, **names)[0] == "PreconditionNotMetException"
    if status in {"Pending", "InProgress"}:
        assert operator.stop_user_import_job(**names)["UserImportJob"]["Status"] == "Stopping"
        status = "Stopping"
    code, message, _ = refusal(operator.stop_user_import_job, **names)
    assert (code, status in message) == ("PreconditionNotMetException", True)
    assert operator.describe_user_import_job(**names)["UserImportJob"]["Status"] == status


def test_a_job_that_is_not_started_expires(operator: Any, pool_id: str, clock: Clock) -> None:
    names = {"UserPoolId": pool_id, "JobId": created(operator, pool_id)["JobId"]}
    clock.advance(hours=24, ms=-1)
    assert operator.describe_user_import_job(**names)["UserImportJob"]["Status"] == "Created"
    clock.advance(ms=1)
    assert operator.describe_user_import_job(**names)["UserImportJob"]["Status"] == "Expired"
    assert operator.list_user_import_jobs(UserPoolId=pool_id, MaxResults=1)["UserImportJobs"][0]["Status"] == "Expired"
    assert "Expired" in refusal(operator.start_user_import_job, **names)[1]


def test_jobs_are_listed_from_the_newest(operator: Any, pool_id: str, make: Factory, clock: Clock) -> None:
    made: list[Members] = []
    for number in range(5):
        made.insert(0, created(operator, pool_id, f"job {number}"))
        clock.advance(seconds=number % 2)
    listed, token = [], None
    while True:
        page = operator.list_user_import_jobs(
            UserPoolId=pool_id, MaxResults=2, **({"PaginationToken": token} if token else {})
        )
        assert len(page["UserImportJobs"]) <= 2
        listed += page["UserImportJobs"]
        token = page.get("PaginationToken")
        if token is None:
            break
    assert sorted(listed, key=lambda job: str(job["JobId"])) == sorted(made, key=lambda job: str(job["JobId"]))
    moments = [job["CreationDate"] for job in listed]
    assert moments == sorted(moments, reverse=True)
    assert operator.list_user_import_jobs(UserPoolId=make.pool(), MaxResults=60)["UserImportJobs"] == []
    first = operator.list_user_import_jobs(UserPoolId=pool_id, MaxResults=1)
    other = {"UserPoolId": make.pool(), "MaxResults": 1, "PaginationToken": first["PaginationToken"]}
    assert refusal(operator.list_user_import_jobs, **other)[0] == "InvalidParameterException"


def test_there_is_a_limit(operator: Any, pool_id: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("app.core.imports.MAX_JOBS", 3)

    def create(number: int) -> str:
        try:
            created(operator, pool_id, f"job {number}")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "created"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(create, range(8)))
    assert (outcomes.count("created"), outcomes.count("LimitExceededException")) == (3, 5)


def test_pools_and_jobs_must_exist(operator: Any, pool_id: str, make: Factory) -> None:
    foreign = created(operator, make.pool())["JobId"]
    calls = (operator.describe_user_import_job, operator.start_user_import_job, operator.stop_user_import_job)
    for call in calls:
        for names in (
            {"UserPoolId": pool_id, "JobId": foreign},
            {"UserPoolId": pool_id, "JobId": "import-unknown"},
            {"UserPoolId": "us-east-1_Nowhere", "JobId": foreign},
        ):
            assert refusal(call, **names)[0] == "ResourceNotFoundException"
    nowhere = {"UserPoolId": "us-east-1_Nowhere"}
    assert refusal(operator.get_csv_header, **nowhere)[0] == "ResourceNotFoundException"
    assert refusal(operator.list_user_import_jobs, **nowhere, MaxResults=1)[0] == "ResourceNotFoundException"
    create = {**nowhere, "JobName": "job", "CloudWatchLogsRoleArn": ROLE}
    assert refusal(operator.create_user_import_job, **create)[0] == "ResourceNotFoundException"
