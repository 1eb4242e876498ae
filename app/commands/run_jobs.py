"""`poolhouse jobs`: the clock of a production installation. One is enough; several share the work."""

import signal
from pathlib import Path

import structlog

from app.commands.environment import warn_of_unknown_variables
from app.commands.listening import MetricsThread, bind
from app.commands.opening import check_schema, settings_for
from app.commands.refusal import Refusal
from app.commands.refusals import of_jobs
from app.flows.deliver_messages import deliver_messages
from app.flows.send_messages import MessageSender
from app.flows.work import Resources
from app.jobs.clock import JOBS, Job, JobClock, run_job
from app.kit.logs import configure_logging
from app.kit.sealing import SealError
from app.main import close_resources, open_resources

# Whatever runs on has threads for this: a mail server that hangs must not hold other jobs up.
_DELIVERY = Job("deliver_messages", 0, lambda work: deliver_messages(work.resources))
_log = structlog.get_logger()


def run_jobs(data: Path | None, *, once: bool) -> None:
    """Runs the jobs until SIGTERM or SIGINT, or each of them once; raises Refusal."""
    settings = settings_for(data, of_jobs)
    check_schema(settings)
    writer = configure_logging(settings.log_level, readable=False)
    warn_of_unknown_variables()
    has_listener = settings.jobs_metrics_port and not once
    listener = bind(settings.metrics_host, settings.jobs_metrics_port, "JOBS_METRICS_PORT") if has_listener else None
    try:
        resources = open_resources(settings, has_root_key=False)
    except (SealError, ValueError) as error:
        raise Refusal(f"POOLHOUSE_MASTER_KEY: {error}") from None
    writer.start()
    try:
        if once:
            for job in (_DELIVERY, *JOBS):
                run_job(resources, job)
        else:
            _run(resources, MetricsThread(resources, listener) if listener else None)
    finally:
        close_resources(resources)
        writer.stop()


def _run(resources: Resources, metrics: MetricsThread | None) -> None:
    clock, sender = JobClock(resources), MessageSender(resources)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: clock.ask_to_stop())
    if metrics:
        metrics.start()
    resources.function_table.calls.start()
    _log.info("jobs_started", jobs=[job.name for job in JOBS])
    sender.start()
    clock.run()
    sender.stop()
    if metrics:
        metrics.stop()
    _log.info("jobs_stopped")
