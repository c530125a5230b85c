"""A suite that partners run: does a deployment answer as the published contract says, and does their own receiver?

It stands alone: this folder, Python 3.11 and the packages `requests`, `cryptography` and `http-message-signatures`.
`python -m conformance --help` tells the rest.
"""
