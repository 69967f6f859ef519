"""Whom a connection over TLS trusts: the certificate authorities, read once for all our clients.

Reading them costs some 30 ms of CPU, and a house has several clients.
"""

import functools
import ssl

import httpx


@functools.cache
def authorities() -> ssl.SSLContext:
    """The context of every client that is given none of its own; never changed after it is made."""
    return httpx.create_ssl_context(trust_env=False)
