"""The steps of a sign-in, one file a challenge.

A step proves one thing and never names another step: flows.sign_in puts them in order, and the pages template with
the same name shows it. May import: flows.work and what flows may import.
"""
