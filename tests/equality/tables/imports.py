"""Import jobs and the CSV file that they take."""

import datetime
import re
from typing import Any

from tests.equality.language import (
    Call,
    on_pool,
    row,
    wait,
)

WRONG = "InvalidParameterException"
NOT_FOUND = "ResourceNotFoundException"
ROLE = "arn:aws:iam::123456789012:role/import-logs"
JOB = {
    "JobName": "spring",
    "JobId": re.compile(r"import-[0-9a-zA-Z-]+"),
    "UserPoolId": "$pool",
    "CreationDate": datetime.datetime,
    "Status": "Created",
    "CloudWatchLogsRoleArn": ROLE,
    "ImportedUsers": 0,
    "SkippedUsers": 0,
    "FailedUsers": 0,
}
NO_JOB = "import-nothing"


def job(**members: Any) -> Call:
    """CreateUserImportJob; `$job` is it."""
    given = {"JobName": "spring", "CloudWatchLogsRoleArn": ROLE, **members}
    return on_pool("CreateUserImportJob", **given).keeps("job", "UserImportJob")


def on_job(operation: str, job_id: str = "$job.JobId") -> Call:
    """An operation on the row's job."""
    return on_pool(operation, JobId=job_id)


ROWS = (
    row(
        "the header",
        "cognito.md 6.5 Header",
        on_pool("GetCSVHeader").gives_only(
            UserPoolId="$pool",
            CSVHeader=[
                "name",
                "given_name",
                "family_name",
                "middle_name",
                "nickname",
                "preferred_username",
                "profile",
                "picture",
                "website",
                "email",
                "email_verified",
                "gender",
                "birthdate",
                "zoneinfo",
                "locale",
                "phone_number",
                "phone_number_verified",
                "address",
                "updated_at",
                "cognito:mfa_enabled",
                "cognito:username",
            ],
        ),
    ),
    row(
        "a job",
        "cognito.md 1.5 CreateUserImportJob",
        job().gives_only(UserImportJob=JOB),
        on_job("DescribeUserImportJob").gives_only(UserImportJob=JOB),
    ),
    row(
        "a job without its file",
        "cognito.md 1.5 StartUserImportJob PreconditionNotMet",
        job(),
        on_job("StartUserImportJob").fails("PreconditionNotMetException"),
    ),
    row(
        "a job that does not run is not stopped",
        "cognito.md 1.5 StopUserImportJob PreconditionNotMet",
        job(),
        on_job("StopUserImportJob").fails("PreconditionNotMetException"),
    ),
    row(
        "a job that is not started expires",
        "cognito.md 6.5 Expired",
        job(),
        wait(days=2),
        on_job("DescribeUserImportJob").gives(UserImportJob={"Status": "Expired"}),
    ),
    row(
        "jobs, the newest first",
        "cognito.md 1.5 ListUserImportJobs",
        job(JobName="first"),
        wait(seconds=1),
        job(JobName="second"),
        on_pool("ListUserImportJobs", MaxResults=1).gives_only(
            UserImportJobs=[{"JobName": "second"}], PaginationToken=str
        ),
    ).alone(),
    row("jobs without a number", "cognito.md 1.5 MaxResults required", on_pool("ListUserImportJobs").fails(WRONG)),
    *[
        row(
            f"{operation} where there is none",
            "cognito.md 12.2 ResourceNotFound",
            on_job(operation, NO_JOB).fails(NOT_FOUND),
        )
        for operation in ("DescribeUserImportJob", "StartUserImportJob", "StopUserImportJob")
    ],
)
