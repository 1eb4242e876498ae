"""Doors: HTTP in, HTTP out. No rule of the product lives here.

bridge.py is the one crossing from async to sync, edge.py the one place where an exception becomes a response; each
door is a package and knows no other door. May import: flows, core, gateways, db, kit.
"""
