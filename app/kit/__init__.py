"""Tools every layer may use: errors, settings, clock, ids, secrets, sealing, hashing, paging, resources.

A closed list that knows nothing of users, pools or HTTP. May import: nothing of ours.
"""
