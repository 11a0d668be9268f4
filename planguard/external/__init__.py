"""The only place that starts other programs: no shell, a small environment, a time limit.

Owns processes. Understands nothing of what they print, beyond telling why they failed.
"""
