"""Tells whether the SSH connection it runs over comes from one of the networks in its argument, else from where."""

import ipaddress
import os
import sys

source = os.environ.get("SSH_CONNECTION", "").split(" ")[0].partition("%")[0]  # noqa: TID251 - runs on its own
networks = [ipaddress.ip_network(text) for text in sys.argv[1].split(",")]
# Without SSH (a console, a container's exec) there is no way in that the rules could close.
is_inside = not source or any(ipaddress.ip_address(source) in network for network in networks)
sys.stdout.write("inside" if is_inside else source)
