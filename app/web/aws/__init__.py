"""Door 1: the AWS APIs, checked against and cut to botocore's service models.

endpoint.py finds the operation, the caller and the well-formed input; an operation is one function in one file.
May import: web.bridge, web.edge, flows, core, kit.
"""
