"""The operations of our own service `poolhouse`: what pools and clients can do that Cognito's API cannot say.

Described by a service model in botocore's format that ships with this package. May import: web.aws.registry, flows, core, kit.
"""
