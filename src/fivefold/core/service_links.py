"""Service links: variables that Kubernetes puts into every container of a namespace, named after the Services that stand in it.

Beside a Service of the name ``fivefold`` they begin like ours, ``FIVEFOLD_PORT=tcp://10.0.0.11:80`` for example, and tell us nothing.
"""

from __future__ import annotations

import re

__all__ = ["is_service_link"]

_ADDRESS = re.compile(r"(tcp|udp|sctp)://")
_NAMED = re.compile(r"_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)\Z")


def is_service_link(name: str, value: str) -> bool:
    """Whether a variable is one that Kubernetes made of a Service, and none of ours.

    Parameters
    ----------
    name, value : str

    Examples
    --------
    >>> is_service_link("FIVEFOLD_PORT", "tcp://10.0.0.11:80"), is_service_link("FIVEFOLD_PORT", "8080")
    (True, False)
    >>> is_service_link("FIVEFOLD_PORT_80_TCP_PROTO", "tcp")
    True
    """
    return bool(_NAMED.search(name) or (name.endswith("_PORT") and _ADDRESS.match(value)))
