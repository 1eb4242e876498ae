"""User import jobs. They are made, told and listed; there is no PreSignedUrl, since this server takes no CSV files yet."""

from typing import Any

from app.core import imports, pools
from app.core.imports import ImportJob
from app.flows.work import Work
from app.web.aws.listing import list_page
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("GetCSVHeader")
def get_csv_header(work: Work, user_pool_id: str) -> Members:
    """The columns of the pool's import file."""
    pool = work.snapshots.pool(user_pool_id).pool
    return {"UserPoolId": user_pool_id, "CSVHeader": imports.csv_header(pool.schema_by_name)}


@cognito_idp.operation("CreateUserImportJob")
def create_user_import_job(
    work: Work,
    job_name: str,
    user_pool_id: str,
    cloud_watch_logs_role_arn: str,
    password_hashing_algorithm: str | None = None,
) -> Members:
    """A job in the state Created."""
    with work.write() as db:
        pools.lock_pool(db, user_pool_id)
        job = imports.create_import_job(
            db, user_pool_id, job_name, cloud_watch_logs_role_arn, password_hashing_algorithm, work.now
        )
    return {"UserImportJob": _import_job(job)}


@cognito_idp.operation("DescribeUserImportJob")
def describe_user_import_job(work: Work, user_pool_id: str, job_id: str) -> Members:
    """One job."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        job = imports.get_import_job(db, user_pool_id, job_id, work.now)
    return {"UserImportJob": _import_job(job)}


@cognito_idp.operation("ListUserImportJobs")
def list_user_import_jobs(
    work: Work, user_pool_id: str, max_results: int, pagination_token: str | None = None
) -> Members:
    """The newest first."""

    def load(after: str | None, count: int) -> list[ImportJob]:
        with work.read() as db:
            pools.get_pool(db, user_pool_id)
            return imports.list_import_jobs(db, user_pool_id, work.now, after=after, limit=count)

    scope = (user_pool_id, "ListUserImportJobs")
    found, token = list_page(work, scope, pagination_token, max_results, load, lambda job: job.position)
    return {"UserImportJobs": [_import_job(job) for job in found], "PaginationToken": token}


@cognito_idp.operation("StartUserImportJob")
def start_user_import_job(work: Work, user_pool_id: str, job_id: str) -> Members:
    """Refused: without an uploaded CSV file, as with Cognito, a job cannot start."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        job = imports.get_import_job(db, user_pool_id, job_id, work.now)
    raise imports.start_refusal(job)


@cognito_idp.operation("StopUserImportJob")
def stop_user_import_job(work: Work, user_pool_id: str, job_id: str) -> Members:
    """A running job stops as soon as it can."""
    with work.write() as db:
        pools.lock_pool(db, user_pool_id)
        job = imports.get_import_job(db, user_pool_id, job_id, work.now)
        stopping = imports.stop_import_job(db, job, work.now)
    return {"UserImportJob": _import_job(stopping)}


def _import_job(job: ImportJob) -> Members:
    """UserImportJobType."""
    return {
        "JobName": job.name,
        "JobId": job.job_id,
        "UserPoolId": job.pool_id,
        "CreationDate": job.created_at,
        "StartDate": job.started_at,
        "CompletionDate": job.completed_at,
        "Status": job.status,
        "CloudWatchLogsRoleArn": job.log_role_arn,
        "ImportedUsers": job.imported,
        "SkippedUsers": job.skipped,
        "FailedUsers": job.failed,
        "CompletionMessage": job.message,
        "PasswordHashingAlgorithm": job.hash_algorithm,
    }
