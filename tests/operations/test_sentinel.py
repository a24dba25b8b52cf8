"""Where Redis is found by Sentinels: the address is read, and a campaign and passwords survive the death of the master."""

import pytest

from tests.distributed.variants import Trial, sentinels
from worker import sentinel
from worker.engine import binaries
from worker.outages import Places

URL = "sentinel://user:p%40ss@one:26379,two,three:5000/loa?db=2"


def test_an_address_is_read():
    found = sentinel.read(URL)
    assert found is not None
    assert found.hosts == (("one", 26379), ("two", 26379), ("three", 5000))
    assert (found.master, found.username, found.password, found.db) == ("loa", "user", "p@ss", 2)
    assert sentinel.read("redis://one:6379/0") is None


@pytest.mark.parametrize(
    "url", ["sentinel://one:26379", "sentinel:///loa", "sentinel://one:x/loa", "sentinel://one/loa?db=x"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ValueError, match="write"):
        sentinel.read(url)


def test_celery_is_told_the_same():
    url, options = sentinel.broker(URL)
    assert url.split(";")[1] == "sentinel://user:p%40ss@two:26379/2"
    assert options["master_name"] == "loa"
    assert sentinel.broker("redis://one:6379/0") == ("redis://one:6379/0", {})


def test_a_sentence_names_the_sentinels_and_no_password():
    told = Places.of(None, "", URL).redis  # type: ignore[arg-type]
    assert told == "Redis at one:26379, two:26379, three:5000 (Sentinels of loa)"


def test_a_campaign_and_passwords_survive_a_failover(database_url, sandbox_by_day, tmp_path):
    sandbox, offset = sandbox_by_day
    trial = Trial(tmp_path, sandbox, offset)
    try:
        redis_url, blow = sentinels(trial, binaries.redis())
        said = trial.run(database_url, redis_url, blow)
    finally:
        trial.servers.stop()
    assert (said["done"], said["twice"], said["lost"], said["passwords"]) == (True, 0, 0, 2), said
    assert "redis" not in said["doctor"]
