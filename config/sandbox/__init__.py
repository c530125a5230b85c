"""A partner's sandbox: synthetic cases, people for every role, a clock that can be moved, reset on demand.

One process serves one partner. Its database is cloned from the partner's own template, its secret key, and so its
tokens and its members' keys, are its own. There is no broker: the process takes its deliveries itself (`life`).
"""
