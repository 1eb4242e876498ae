"""The grants of the token endpoint, one file a grant.

Check, then hook, then issue: every token is made by flows.issue_tokens. May import: web.oauth, flows, core, kit.
"""
