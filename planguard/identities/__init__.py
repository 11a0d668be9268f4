"""Who may destroy without a human: policies, trust and guards of the identities in a plan, before and after.

Owns what rights mean. Pure: no files but the tables in `rules/`, no clock, no network. Decides nothing about severity.
"""
