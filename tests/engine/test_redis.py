"""Redis in particular: how it is set, and what it says when it cannot start."""

import pytest
import redis

from worker.engine.redis import Redis
from worker.errors import Unavailable


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appendonly", "yes"),
        ("appendfsync", "everysec"),
        ("maxmemory-policy", "noeviction"),
        ("bind", "127.0.0.1"),
        ("save", ""),
    ],
)
def test_it_is_set_as_a_broker_needs_it(server, name, value):
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        assert client.config_get(name)[name] == value


def test_damaged_data_is_told_in_the_words_of_the_server(tmp_path):
    server = Redis(tmp_path)
    server.folder.mkdir()
    (server.folder / "appendonly.aof").write_bytes(b"not what redis writes\r\n")
    with pytest.raises(Unavailable, match=r"Bad file format.*the log is .*set LOA_REDIS_URL"):
        server.start()
    assert not server.alive()
