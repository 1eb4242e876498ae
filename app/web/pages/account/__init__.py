"""The account page: what people see and change of their own account, by the flows behind the API. Part of the pages' door.

May import: web.pages, web.edge, flows, core, kit.
"""
