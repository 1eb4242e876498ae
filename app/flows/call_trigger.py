"""The seam at every point where Cognito calls a Lambda trigger (Developer Guide, "Customizing user pool workflows").

A pool whose LambdaConfig names no function for a trigger costs one dictionary look-up here. A pool that names one is
refused clearly while this server has nothing that could run it: skipping a check that an operator relies on is worse.
"""

from typing import Any

from app.core.pools import Pool
from app.kit.errors import UnexpectedLambdaException
from app.kit.segments import check_outside_segment


def call_trigger(
    pool: Pool,
    trigger: str,
    source: str,  # noqa: ARG001 - source and request make the event; nothing reads it while nothing can run it
    request: dict[str, Any],  # noqa: ARG001
) -> dict[str, Any] | None:
    """Calls the pool's function for `trigger` (a LambdaConfig member such as `PreSignUp`) with an event of `source`.

    Returns the `response` of the event, None when the pool names no function; raises UnexpectedLambdaException.
    """
    if not pool.lambda_config.get(trigger):
        return None
    check_outside_segment("a trigger")
    raise UnexpectedLambdaException(f"{trigger} invocation failed due to error: no function of this server runs it.")
