"""Door 3: the hosted pages for sign-in, sign-up and recovery, rendered on the server.

next.py is the only router between steps: it turns the sign-in flow's answer into the next page or the redirect home.
May import: web.bridge, web.edge, flows, core, kit.
"""
