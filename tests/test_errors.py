"""A fault of ours comes from another process as it was raised there."""

import pickle

import pytest

from worker.errors import ConfigError, DiskFull, LoaError, Misuse, NotFound, Refused, Refusing, Unavailable, about


def narrowed() -> LoaError:
    with pytest.raises(Refused) as raised, about("phone"):
        raise Refused("no_such_thing", "There is none.", {"count": 3})
    return raised.value


@pytest.mark.parametrize(
    "fault",
    [
        Misuse("Not so."),
        Unavailable("It is away."),
        DiskFull("No room is left."),
        Refusing("It says no.", "No."),
        NotFound("campaign", "1"),
        ConfigError(["LOA_A is wrong.", "LOA_B is missing."]),
        narrowed(),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_it_travels_whole(fault):
    came = pickle.loads(pickle.dumps(fault))  # noqa: S301 - our own bytes
    assert type(came) is type(fault)
    assert str(came) == str(fault)
    assert vars(came) == vars(fault)
