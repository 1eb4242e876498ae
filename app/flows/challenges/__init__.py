"""The steps of a sign-in, one file a challenge.

The package is walked when the process starts (flows.sign_in): a new challenge is a new file here. A step never names
another step; what comes next is decided in flows.next_challenge. May import: flows, core, gateways, db, kit.
"""
