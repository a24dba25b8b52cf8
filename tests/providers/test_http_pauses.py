"""The pause for which a provider asks us to stay away is read from its answer."""

import httpx
import pytest

from worker.providers import http

NOW = "Mon, 02 Mar 2026 06:59:30 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, None, id="nothing said"),
        pytest.param({"Retry-After": "7"}, 7.0, id="seconds"),
        pytest.param({"Retry-After": " 0 "}, 0.0, id="at once"),
        pytest.param({"Retry-After": "999999999"}, 86_400.0, id="years are a day"),
        pytest.param({"Retry-After": "9" * 5000}, None, id="digits without end"),
        pytest.param({"Retry-After": "-5"}, None, id="a negative pause"),
        pytest.param({"Retry-After": "soon"}, None, id="a word"),
        pytest.param({"Retry-After": "nan"}, None, id="not a number"),
        pytest.param({"Retry-After": "Mon, 02 Mar 2026 07:00:30 GMT", "Date": NOW}, 60.0, id="a date"),
        pytest.param(
            {"Retry-After": "Mon, 02 Mar 2026 14:00:30 +0700", "Date": NOW}, 60.0, id="a date in Vietnam's time"
        ),
        pytest.param({"Retry-After": "Mon, 02 Mar 2026 07:00:30 -0000", "Date": NOW}, 60.0, id="a date without a zone"),
        pytest.param({"Retry-After": "Mon, 02 Mar 2026 06:00:00 GMT", "Date": NOW}, 0.0, id="a date gone by"),
        pytest.param({"Retry-After": "Mon, 02 Mar 2099 06:00:00 GMT", "Date": NOW}, 86_400.0, id="a date far away"),
        pytest.param({"Retry-After": "Mon, 02 Mar 2026 07:00:30 GMT"}, None, id="a date without their clock"),
        pytest.param(
            {"Retry-After": "Mon, 02 Mar 2026 07:00:30 GMT", "Date": "?"}, None, id="a date with a broken clock"
        ),
    ],
)
def test_a_pause_is_read(headers, seconds):
    assert http.retry_after_s(httpx.Headers(headers)) == seconds


@pytest.mark.parametrize("timeout_s", [0.2, 1.0, 8.0, 60.0])
def test_waiting_before_the_request_leaves_ends_before_the_deadline(timeout_s):
    phases = http.phases(timeout_s)
    assert phases.connect + phases.pool < timeout_s
    assert phases.connect <= 5.0
