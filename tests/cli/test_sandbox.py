"""`loa sandbox` listens on loopback; at another address it says what that means."""

import re
import subprocess

import httpx
import pytest

from tests.cli.terminal import COMMAND
from tests.environment import plain_environment

LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 - an address that every machine has and that is not loopback
WARNING = "No password guards it"


@pytest.mark.parametrize("address", [LOOPBACK, EVERYWHERE])
def test_it_listens_where_it_is_told_and_warns_where_others_reach_it(address):
    words = [*COMMAND, "sandbox", "--port", "0", "--host", address]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, env=plain_environment(), stdout=pipe, stderr=subprocess.STDOUT, text=True) as child:
        awaited = {"Stop it with Ctrl-C"} | ({WARNING} if address == EVERYWHERE else set())
        said = ""
        try:
            assert child.stdout is not None
            while not all(one in said for one in awaited) and (line := child.stdout.readline()):
                said += line
            (port,) = set(re.findall(rf"http://{re.escape(address)}:(\d+)", said))
            assert httpx.get(f"http://{LOOPBACK}:{port}/", trust_env=False, timeout=60).status_code == 200
        finally:
            child.terminate()
            child.wait(60)
        assert (WARNING in said + child.stdout.read()) is (address == EVERYWHERE)
