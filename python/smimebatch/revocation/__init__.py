"""Fetching revocation data: what certificates name, politely downloaded into a store of files.

`places` reads where a run's certificates say their lists and responders are, `hosts` decides whom
to ask, `http` asks, `store` keeps the answers by their content, `fetching` does one after another.
The only part of this program that opens a socket (RULES, and a test that watches).
"""
