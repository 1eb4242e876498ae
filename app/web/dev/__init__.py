"""The dev door: the inbox of mail and SMS that would have gone out, and a callback page that shows tokens.

Mounted by `poolhouse dev` on loopback, never by `serve`. May import: web.bridge, web.edge, flows, core, kit.
"""
