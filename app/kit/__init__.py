"""Tools every layer may use: errors, settings, clock, ids, secrets, sealing, hashing, paging, segments, slow, logs, metrics,
resources, templates, user_agents.

Translations belong to the templates. A closed list that knows nothing of users, pools or HTTP.
May import: nothing of ours.
"""
