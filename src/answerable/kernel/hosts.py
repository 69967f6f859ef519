"""Which host names and addresses mean this machine alone."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a bind address, peer or host name is this machine. `[::1]` may have its brackets.

    Only `localhost` and real loopback addresses: a name that merely begins with `127.` is not.
    """
    name = host.strip("[]")
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
