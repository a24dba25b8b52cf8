"""An answer is read as it was meant, however it comes; what is no answer is a doubt. A server says given bytes."""

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise
from select import select

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chance import examples
from worker.providers import connection, http
from worker.providers.connection import KEEPALIVE_S, LONGEST_HEAD, Connection
from worker.providers.wire import Wire

pytestmark = pytest.mark.usefixtures("each_loop")

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1 \r\n}\r\n0\r\nX-Trailer: a\r\n\r\n"
#: Each is the answer `{}` in another form, and whether its connection is kept.
FORMS = {
    "with a length": (WHOLE, True),
    "in chunks": (CHUNKED, True),
    "after two that are none yet": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + WHOLE, True),
    "lines without CR": (WHOLE.replace(b"\r\n", b"\n"), True),
    "of one who closes": (WHOLE.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), False),
    "of HTTP/1.0, without a length": (b"HTTP/1.0 200 OK\r\n\r\n{}", False),
    "with an empty header": (WHOLE.replace(b"OK\r\n", b"OK\r\nX-A:\r\n"), True),
}  # fmt: skip
#: Whatever the request came to is not known.
DOUBTS = {
    "nothing": b"",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "half a head": WHOLE[:30],
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * (LONGEST_HEAD // 8),
    "less than its length": WHOLE.replace(b"h: 2", b"h: 3"),
    "half a chunk": CHUNKED[:-30],
    "a length that is none": WHOLE.replace(b"h: 2", b"h: two"),
    "two lengths": WHOLE.replace(b"h: 2\r\n", b"h: 2\r\nContent-Length: 3\r\n"),
    "another protocol from here on": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: Upgrade\r\n\r\n",
}


@asynccontextmanager
async def saying(*answers):
    """The address of a server that gives an answer to each request of a connection, and closes; the requests of each."""
    asked = []

    async def serve(reader, writer):
        asked.append(0)
        with closing(writer):
            for answer in answers:
                try:
                    await reader.readuntil(b"\r\n\r\n")
                except asyncio.IncompleteReadError:
                    return
                asked[-1] += 1
                for part in answer if isinstance(answer, list) else [answer]:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a?b=%20c", asked


def call(wire, url, max_bytes=1000, deadline_s=30):
    return http.call(wire, http.request("GET", url, within_s=30), deadline_s=deadline_s, max_bytes=max_bytes)


async def replies(times, *answers):
    """What so many calls in a row came to, and the requests on each connection."""
    one = Wire()
    async with saying(*answers) as (url, asked):
        found = [await call(one, url) for _ in range(times)]
        await one.aclose()
    return found, asked


@pytest.mark.parametrize(("answer", "kept"), FORMS.values(), ids=list(FORMS))
def test_an_answer_is_read_in_every_form(answer, kept):
    # A server that says it closes is believed, even where it would take another request.
    measured = b"Length" in answer or b"chunked" in answer
    found, asked = asyncio.run(replies(2, answer, *[answer] * measured))
    assert found == [http.Reply(200, b"{}")] * 2
    assert asked == ([2] if kept else [1, 1])


@settings(max_examples=examples(60), deadline=None)
@given(form=st.sampled_from(list(FORMS)), cuts=st.sets(st.integers(1, 150), max_size=6))
def test_an_answer_is_read_wherever_it_is_cut(form, cuts):
    answer = FORMS[form][0]
    edges = [0, *sorted(cut for cut in cuts if cut < len(answer)), len(answer)]
    parts = [answer[begin:end] for begin, end in pairwise(edges)]
    assert asyncio.run(replies(1, parts))[0] == [http.Reply(200, b"{}")]


@pytest.mark.parametrize("answer", DOUBTS.values(), ids=list(DOUBTS))
def test_what_is_no_answer_is_a_doubt_and_its_connection_is_not_used_again(answer):
    (first, second), asked = asyncio.run(replies(2, answer))
    assert isinstance(first, http.Fault)
    assert isinstance(second, http.Fault)
    assert not first.never_left
    assert asked == [1, 1], "one request over each connection, and none of them twice"


def test_a_second_answer_behind_the_first_is_never_taken_for_the_next_ones():
    """A connection that is one answer ahead would tell each caller what the one before him is to hear."""
    ahead = WHOLE + WHOLE.replace(b"{}", b"[]")
    found, asked = asyncio.run(replies(2, ahead, WHOLE))
    assert found == [http.Reply(200, b"{}")] * 2
    assert asked == [1, 1]


@pytest.mark.parametrize("heard", [True, False])
def test_what_a_server_says_unasked_is_nobodys_answer(heard):
    spoken = asyncio.Event()

    async def serve(reader, writer):
        with closing(writer), suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(WHOLE)
            await told.wait()
            if not spoken.is_set():
                writer.write(WHOLE.replace(b"{}", b"[]"))
                spoken.set()
                await reader.readuntil(b"\r\n\r\n")

    told = asyncio.Event()

    async def ask():
        server, wire = await asyncio.start_server(serve, "127.0.0.1", 0), Wire()
        async with server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            first = await call(wire, url)
            told.set()
            await spoken.wait()
            (kept,) = wire._kept.values()
            while heard and not kept[0]._fault:  # noqa: ASYNC110 - turns of the loop, in which it hears
                await asyncio.sleep(0)
            second = await call(wire, url)
            await wire.aclose()
            return [first, second]

    assert asyncio.run(ask()) == [http.Reply(200, b"{}")] * 2


@asynccontextmanager
async def pouring(size, written):
    """The address of a server that answers with so many bytes, as fast as they are taken; `written` grows meanwhile."""

    async def serve(reader, writer):
        with closing(writer), suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            for _ in range(size // 100_000):
                writer.write(b"x" * 100_000)
                await writer.drain()
                written.append(100_000)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def test_a_body_of_many_megabytes_is_read_no_further_than_its_limit():
    size = 50_000_000

    async def ask():
        one = Wire()
        async with pouring(size, []) as url:
            return await call(one, url, max_bytes=1_000_000), await call(one, url, max_bytes=size)

    small, whole = asyncio.run(ask())
    assert small == http.Fault(never_left=False, provider_message="the answer is larger than 1000000 bytes")
    assert isinstance(whole, http.Reply)
    assert len(whole.body) == size


def test_a_slow_reader_holds_its_server_up():
    """What nobody has read yet is not piled up in memory."""
    size, written = 60_000_000, []

    async def ask():
        async with pouring(size, written) as url, asyncio.timeout(60):
            response = await Wire().handle_async_request(http.request("GET", url, within_s=30))
            transport = response.stream._connection._transport
            while transport.is_reading():  # noqa: ASYNC110 - turns of the loop, in which it reads
                await asyncio.sleep(0)
            stopped = sum(written)
            await response.aread()
            return stopped, len(response.content)

    stopped, came = asyncio.run(ask())
    assert came == size
    assert stopped < size / 2


def test_a_connection_that_was_not_used_for_a_while_is_not_called_over():
    async def ask():
        wire = Wire()
        async with saying(WHOLE, WHOLE, WHOLE) as (url, asked):
            await call(wire, url)
            await call(wire, url)
            for kept in wire._kept.values():
                kept[0]._used -= KEEPALIVE_S
            await call(wire, url)
            await wire.aclose()
            return asked

    assert asyncio.run(ask()) == [2, 1]


def test_a_header_with_a_line_break_leaves_nothing():
    async def ask():
        async with saying(WHOLE) as (url, asked):
            request = http.request("GET", url, within_s=5)
            request.headers["Authorization"] = "Bearer a\r\nX-Admin: 1"
            return await http.call(Wire(), request, deadline_s=5, max_bytes=100), asked

    got, asked = asyncio.run(ask())
    assert isinstance(got, http.Fault)
    assert asked == []


def looked_up(monkeypatch):
    """The names that the running loop looks up from now on."""
    names, kind = [], type(asyncio.get_running_loop())
    real = kind.getaddrinfo

    async def counted(loop, host, *place, **more):
        names.append(host)
        return await real(loop, host, *place, **more)

    monkeypatch.setattr(kind, "getaddrinfo", counted)
    return names


def test_a_name_is_looked_up_once_for_all_who_call_at_the_same_time(monkeypatch):
    """localhost has an address, ::1, at which nobody listens here; the other one is tried."""

    async def ask():
        one, names = Wire(), looked_up(monkeypatch)
        async with saying(WHOLE) as (url, asked):
            found = await asyncio.gather(*(call(one, url.replace("127.0.0.1", "localhost")) for _ in range(20)))
            await one.aclose()
        return found, len(asked), [name for name in names if name == "localhost"]

    assert asyncio.run(ask()) == ([http.Reply(200, b"{}")] * 20, 20, ["localhost"])


def test_a_name_that_was_not_found_is_looked_up_again(monkeypatch):
    async def ask():
        one, names = Wire(), looked_up(monkeypatch)
        return [(await call(one, "http://nobody.invalid/")).never_left for _ in range(2)], names

    assert asyncio.run(ask()) == ([True] * 2, ["nobody.invalid"] * 2)


@pytest.mark.parametrize("size", [10, 20_000_000])
def test_an_answer_before_the_request_has_left_is_the_last_of_its_connection(size):
    """The rest of the request would be taken for the next one's beginning."""
    done, asked = asyncio.Event(), []

    async def serve(reader, writer):
        asked.append(0)
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            if size == 10:
                await reader.readexactly(size)
            writer.write(WHOLE)
            await done.wait()

    async def ask():
        server, one = await asyncio.start_server(serve, "127.0.0.1", 0), Wire()
        async with server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            request = http.request("POST", url, content=b"x" * size, within_s=30)
            got = await http.call(one, request, deadline_s=30, max_bytes=100)
            kept = sum(map(len, one._kept.values()))
            await one.aclose()
            done.set()
            return got, kept

    assert asyncio.run(ask()) == (http.Reply(200, b"{}"), int(size == 10))


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "http:///a", "http://127.0.0.1:1/", "http://a..b/", f"http://{'a' * 64}.invalid/"]
)
def test_where_nobody_can_be_called_nothing_has_left(url):
    got = asyncio.run(call(Wire(), url, deadline_s=20))
    assert isinstance(got, http.Fault)
    assert got.never_left


def certificate(folder):
    """A key and a certificate for 127.0.0.1 that nobody vouches for; the file with both."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file


@pytest.mark.parametrize("trusted", [True, False])
def test_over_tls_a_connection_is_kept_and_only_whom_somebody_vouches_for_is_called(tmp_path, monkeypatch, trusted):
    file = certificate(tmp_path)
    if trusted:
        monkeypatch.setattr(connection, "_trust", lambda: ssl.create_default_context(cafile=file))
    asked = []

    async def serve(reader, writer):
        asked.append(0)
        with closing(writer), suppress(asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                asked[-1] += 1
                writer.write(WHOLE)

    async def ask():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        server, one = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context), Wire()
        async with server:
            url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            found = [await call(one, url) for _ in range(3)]
            await one.aclose()
            return found

    found = asyncio.run(ask())
    if trusted:
        assert found == [http.Reply(200, b"{}")] * 3
        assert asked == [3]
    else:
        assert {got.never_left for got in found} == {True}
        assert asked == []


def test_a_request_has_left_when_its_call_first_waits():
    """A loop that wrote it later could do so after what else is done meanwhile: after the hours, or after a pause."""
    ours, theirs = socket.socketpair()

    async def ask():
        _, one = await asyncio.get_running_loop().create_connection(Connection, sock=ours)
        asking = one.ask(b"GET / HTTP/1.1\r\n\r\n")
        asking.send(None)
        came = select([theirs], [], [], 0)[0]
        asking.close()
        one.close()
        return len(came)

    with theirs:
        assert asyncio.run(ask()) == 1
