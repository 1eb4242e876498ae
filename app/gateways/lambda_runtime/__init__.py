"""Local functions: Python and Node handlers written for AWS Lambda, run unchanged beside the server.

configuration.py says what a function is; runner.py keeps its processes warm; process.py starts one, calls it and ends it;
runtime_api.py serves the Lambda Runtime API to that one process, read by wire.py; isolation.py says as whom it runs and what
it sees; launch.py is the first program in a process, bootstrap.mjs the runtime client of Node where AWS's own is absent.
"""

from app.gateways.lambda_runtime.configuration import check_local
from app.gateways.lambda_runtime.runner import LocalRunner

__all__ = ["LocalRunner", "check_local"]
