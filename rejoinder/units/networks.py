"""Whom a network address belongs to, for whatever is counted per caller.

An IPv6 customer has a whole /64, so single addresses would say nothing: limits per address could be walked around.
"""

import ipaddress


def network_of(client: str) -> str:
    """The address, or the first of its /64; "unknown" for what is no address."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return "unknown"
    if address.version == 6:
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
    return str(address)
