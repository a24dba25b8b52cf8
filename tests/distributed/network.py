"""Hosts on one machine: a network namespace each, a bridge between them, and packets that are dropped where a cut is asked for.

Everything lives in namespaces of this run alone (mounts, processes, network), so that the kernel takes it all away with the first
process of it, however that ends; the machine's own network is never touched.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

#: The last part of each host's address; 1 is the bridge, from which this script looks on.
HOSTS: Final = {"database": 2, "redis": 3, "provider": 4, "one": 11, "two": 12}
WORKERS: Final = ("one", "two")
_NETWORK: Final = "10.91.0"
_INSIDE: Final = "LOA_TESTS_INSIDE"
_NEEDED: Final = {"ip": "iproute2", "nft": "nftables", "unshare": "util-linux", "cc": "gcc"}


def enter(module: str, words: list[str]) -> None:
    """Go on in namespaces of our own, unless we are there already."""
    if os.environ.get(_INSIDE):
        return
    if os.geteuid() != 0:
        sys.exit("Network namespaces are made by root: run this as root.")
    if missing := [package for program, package in _NEEDED.items() if shutil.which(program) is None]:
        sys.exit(f"Not installed: {', '.join(missing)} (Debian: apt-get install {' '.join(missing)}).")
    os.environ[_INSIDE] = "yes"
    _become("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, "-m", module, *words)


def _become(*words: str) -> NoReturn:
    os.execvp("unshare", ["unshare", *words])  # noqa: S606 - our own words


def address(host: str) -> str:
    """Where a host is."""
    return f"{_NETWORK}.{HOSTS[host]}"


def on(host: str) -> list[str]:
    """The words before a command that is to run on a host."""
    return ["ip", "netns", "exec", host]


def build() -> None:
    """Make the bridge and the hosts."""
    os.makedirs("/run/netns", exist_ok=True)  # noqa: PTH103
    _run("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", "name", "lan", "type", "bridge")
    _run("ip", "addr", "add", f"{_NETWORK}.1/24", "dev", "lan")
    _run("ip", "link", "set", "lan", "up")
    for host in HOSTS:
        _run("ip", "netns", "add", host)
        _run("ip", "link", "add", "name", f"to-{host}", "type", "veth", "peer", "name", "eth0", "netns", host)
        _run("ip", "link", "set", f"to-{host}", "master", "lan", "up")
        _run("ip", "-n", host, "addr", "add", f"{address(host)}/24", "dev", "eth0")
        for device in ("eth0", "lo"):
            _run("ip", "-n", host, "link", "set", device, "up")
    _run("nft", "add", "table", "bridge", "loa")
    _run("nft", "add", "chain", "bridge", "loa", "cuts", "{ type filter hook forward priority 0; }")


@contextmanager
def cut(hosts: tuple[str, ...], server: str) -> Iterator[None]:
    """Drop every packet between these hosts and a server, both ways and without a word."""
    for host in hosts:
        for source, target in ((host, server), (server, host)):
            addresses = ("ip", "saddr", address(source), "ip", "daddr", address(target))
            _run("nft", "add", "rule", "bridge", "loa", "cuts", *addresses, "drop")
    try:
        yield
    finally:
        _run("nft", "flush", "chain", "bridge", "loa", "cuts")


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
