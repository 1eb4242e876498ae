"""User import jobs and the CSV file that they take.

Amazon Cognito user pools API, UserImportJobType; Developer Guide, "Importing users into user pools from a CSV file". States:
Created -> Pending -> InProgress -> Succeeded or Failed; a running job is Stopping, then Stopped; one that is not started
within a day is Expired. A job can start once its CSV file has been uploaded; this server takes no uploads yet, so none does.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import BigInteger, Connection, func, insert, literal, select, tuple_, update

from app.db.tables.imports import ImportJob as ImportJobRow
from app.kit.clock import DAY
from app.kit.errors import (
    LimitExceededException,
    PreconditionNotMetException,
    ResourceNotFoundException,
    UserImportInProgressException,
)
from app.kit.ids import new_import_job_id

MAX_JOBS = 1_000
CREATED, EXPIRED, STOPPING = "Created", "Expired", "Stopping"
_RUNNING = ("Pending", "InProgress")
_ACTIVE = (*_RUNNING, STOPPING)
_STARTABLE_MS = DAY
_ORDER = tuple_(ImportJobRow.created_at, ImportJobRow.job_id)
# The order in which GetCSVHeader names them.
_COLUMNS = (
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
)
_OWN_COLUMNS = ("cognito:mfa_enabled", "cognito:username")


@dataclass(frozen=True)
class ImportJob:
    """An import job; times in epoch ms, counts of users. `hash_algorithm` is that of the file's password hashes."""

    pool_id: str
    job_id: str
    name: str
    status: str
    log_role_arn: str
    hash_algorithm: str | None
    created_at: int
    started_at: int | None
    completed_at: int | None
    imported: int
    skipped: int
    failed: int
    message: str | None

    @property
    def position(self) -> str:
        """Where the job is in lists."""
        return f"{self.created_at}|{self.job_id}"


def csv_header(attributes: Iterable[str]) -> list[str]:
    """The columns of a pool's CSV file: standard attributes, then the pool's own, then what is no attribute."""
    own = [name for name in attributes if name.startswith(("custom:", "dev:"))]
    return [*_COLUMNS, *own, *_OWN_COLUMNS]


def create_import_job(
    db: Connection, pool_id: str, name: str, log_role_arn: str, hash_algorithm: str | None, now: int
) -> ImportJob:
    """A new job; the caller has locked the pool. Raises LimitExceededException."""
    count = db.execute(select(func.count()).where(ImportJobRow.pool_id == pool_id)).scalar_one()
    if count >= MAX_JOBS:
        raise LimitExceededException(f"A user pool can have at most {MAX_JOBS} import jobs.")
    job = ImportJob(
        pool_id=pool_id,
        job_id=new_import_job_id(),
        name=name,
        status=CREATED,
        log_role_arn=log_role_arn,
        hash_algorithm=hash_algorithm,
        created_at=now,
        started_at=None,
        completed_at=None,
        imported=0,
        skipped=0,
        failed=0,
        message=None,
    )
    db.execute(insert(ImportJobRow).values(**vars(job)))
    return job


def get_import_job(db: Connection, pool_id: str, job_id: str, now: int) -> ImportJob:
    """The job; raises ResourceNotFoundException."""
    row = db.execute(
        select(ImportJobRow).where(ImportJobRow.pool_id == pool_id, ImportJobRow.job_id == job_id)
    ).one_or_none()
    if row is None:
        raise ResourceNotFoundException(f"Import job {job_id} does not exist.")
    return _at(ImportJob(**row._mapping), now)


def list_import_jobs(db: Connection, pool_id: str, now: int, *, after: str | None, limit: int) -> list[ImportJob]:
    """At most `limit` jobs, the newest first, those after a position."""
    statement = select(ImportJobRow).where(ImportJobRow.pool_id == pool_id)
    if after is not None:
        created_at, _, job_id = after.partition("|")
        statement = statement.where(tuple_(literal(int(created_at), BigInteger), literal(job_id)) > _ORDER)
    rows = db.execute(statement.order_by(ImportJobRow.created_at.desc(), ImportJobRow.job_id.desc()).limit(limit))
    return [_at(ImportJob(**row._mapping), now) for row in rows]


def check_no_active_job(db: Connection, pool_id: str) -> None:
    """Raises UserImportInProgressException while users are imported, who must all find the same pool."""
    active = select(ImportJobRow.job_id).where(ImportJobRow.pool_id == pool_id, ImportJobRow.status.in_(_ACTIVE))
    if db.execute(active.limit(1)).first() is not None:
        raise UserImportInProgressException


def start_refusal(job: ImportJob) -> PreconditionNotMetException:
    """Why a job cannot start: it has been before, it has expired, or it has no CSV file, as is true of all here."""
    reason = "no CSV file has been uploaded" if job.status == CREATED else f"its status is {job.status}"
    return PreconditionNotMetException(f"The job cannot be started: {reason}.")


def stop_import_job(db: Connection, job: ImportJob, now: int) -> ImportJob:
    """Tells a running job to stop; the caller has locked the pool. Raises PreconditionNotMetException for any other."""
    if job.status not in _RUNNING:
        raise PreconditionNotMetException(f"The job cannot be stopped: its status is {job.status}.")
    db.execute(
        update(ImportJobRow)
        .where(ImportJobRow.pool_id == job.pool_id, ImportJobRow.job_id == job.job_id)
        .values(status=STOPPING)
    )
    return get_import_job(db, job.pool_id, job.job_id, now)


def _at(job: ImportJob, now: int) -> ImportJob:
    """The job as it is now: one that nobody started in time is expired without a row being written."""
    is_late = job.status == CREATED and now >= job.created_at + _STARTABLE_MS
    return replace(job, status=EXPIRED) if is_late else job
