"""Door 2: OAuth 2.0 and OpenID Connect, decided by Authlib.

Supplies clients, users, tokens and storage to the authorization server in server.py. One of the two places that
import Authlib. May import: web.bridge, web.edge, flows, core, kit.
"""
