# SPDX-License-Identifier: MIT
"""The rules of HTTP/2 that any server must keep, one case each, in the order of the RFC (numbers: RFC 7540, RFC 7541).

5.1.1/2 is left out: libnghttp2 ignores a stream id that is smaller than the last, on purpose.

    python3 h2cases.py HOST:PORT    runs all of them against any server of cleartext HTTP/2, for comparison
"""

import struct
import sys

from rawh2 import (ACK, COMPRESSION_ERROR, CONTINUATION, DATA, ENABLE_PUSH, END_HEADERS, END_STREAM,
                   FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, GOAWAY, HEADERS, INITIAL_WINDOW_SIZE, MAX_CONCURRENT_STREAMS,
                   MAX_FRAME_SIZE, PADDED, PING, PREFACE, PRIORITIZED, PRIORITY, PROTOCOL_ERROR, PUSH_PROMISE,
                   REFUSED_STREAM, RST_STREAM, SETTINGS, STREAM_CLOSED, WINDOW_UPDATE, Peer, data, frame, goaway,
                   priority, reset, settings, window_update)

CASES = {}


def case(name, preface=True):
    def add(function):
        CASES[name] = (function, preface)
        return function
    return add


def request(peer, **more):
    """A request that any server answers, with or without knowing what it asks."""
    fields = {":method": "GET", ":scheme": "http", ":path": "/", ":authority": "localhost"}
    for name, value in more.items():
        fields[":" + name if ":" + name in fields else name.replace("_", "-")] = value
    return list(fields.items())


def get(peer, stream, end=True, flags=END_HEADERS, extra=(), **more):
    return peer.headers(stream, request(peer, **more) + list(extra), end, flags)


def post(peer, stream, **more):
    return get(peer, stream, end=False, method="POST", **more)


def connection_error(peer, *codes):
    peer.ended()
    said = peer.goaway()
    assert said is None or said[0] in codes, f"GOAWAY {said}, not one of {codes}"


def stream_error(peer, stream, *codes):
    peer.until(lambda: peer.seen(RST_STREAM, stream) or peer.seen(GOAWAY))
    resets = peer.seen(RST_STREAM, stream)
    if resets:
        code = int.from_bytes(resets[0].payload, "big")
        assert code in codes, f"RST_STREAM {code}, not one of {codes}"
    else:
        connection_error(peer, *codes)


def alive(peer):
    assert peer.barrier(), f"hung up: {peer.goaway()}"


def answered(peer, stream=1):
    response = peer.response(stream)
    assert response.blocks and response.ended, response


def first_data(peer, stream=1):
    peer.until(lambda: peer.seen(DATA, stream))
    return peer.seen(DATA, stream)[0]


def padded(kind, flags, stream, payload, pad, claim=None):
    return frame(kind, flags | PADDED, stream, bytes([pad if claim is None else claim]) + payload + bytes(pad))


# ---- what a server must understand


@case("3.5/1 sends SETTINGS first")
def _(peer):
    assert peer.frames[0].type == SETTINGS and peer.frames[0].stream == 0


@case("3.5/2 an invalid preface ends the connection", preface=False)
def _(peer):
    peer.send(b"INVALID CONNECTION PREFACE\r\n\r\n")
    connection_error(peer, PROTOCOL_ERROR)


@case("3.5/3 a preface without SETTINGS ends the connection", preface=False)
def _(peer):
    peer.send(PREFACE, frame(PING, payload=bytes(8)))
    connection_error(peer, PROTOCOL_ERROR)


@case("generic/2/1 PRIORITY on an idle stream")
def _(peer):
    peer.send(priority(1))
    alive(peer)


@case("generic/2/2 WINDOW_UPDATE on a half-closed stream")
def _(peer):
    peer.send(get(peer, 1), window_update(1, 1))
    answered(peer)


@case("generic/2/3 PRIORITY on a half-closed stream")
def _(peer):
    peer.send(get(peer, 1), priority(1))
    answered(peer)


@case("generic/2/4 RST_STREAM on a half-closed stream")
def _(peer):
    peer.send(get(peer, 1), reset(1))
    alive(peer)


@case("generic/2/5 PRIORITY on a closed stream")
def _(peer):
    peer.send(get(peer, 1))
    answered(peer)
    peer.send(priority(1))
    alive(peer)


@case("generic/3.1/1 DATA")
def _(peer):
    peer.send(post(peer, 1), data(1, b"test", end=True))
    answered(peer)


@case("generic/3.1/2 several DATA")
def _(peer):
    peer.send(post(peer, 1), data(1, b"test"), data(1, b"test", end=True))
    answered(peer)


@case("generic/3.1/3 padded DATA")
def _(peer):
    peer.send(post(peer, 1), padded(DATA, END_STREAM, 1, b"test", 8))
    answered(peer)


@case("generic/3.2/1 HEADERS")
def _(peer):
    peer.send(get(peer, 1))
    answered(peer)


@case("generic/3.2/2 padded HEADERS")
def _(peer):
    peer.send(padded(HEADERS, END_STREAM | END_HEADERS, 1, peer.block(request(peer)), 8))
    answered(peer)


@case("generic/3.2/3 HEADERS with priority")
def _(peer):
    peer.send(frame(HEADERS, END_STREAM | END_HEADERS | PRIORITIZED, 1,
                    struct.pack(">IB", 0, 255) + peer.block(request(peer))))
    answered(peer)


for number, sent in enumerate([priority(1, weight=1), priority(1, weight=256), priority(3, 1),
                               priority(3, 1, exclusive=True), priority(5)], 1):
    @case(f"generic/3.3/{number} PRIORITY before HEADERS")
    def _(peer, sent=sent):
        peer.send(sent, get(peer, 1))
        answered(peer)


@case("generic/3.4/1 RST_STREAM")
def _(peer):
    peer.send(post(peer, 1), reset(1))
    alive(peer)


@case("generic/3.5/1 SETTINGS are acknowledged")
def _(peer):
    peer.send(settings((MAX_CONCURRENT_STREAMS, 100)))
    assert peer.until(lambda: len(peer.seen(SETTINGS, ack=True)) == 2)


@case("generic/3.7/1 PING is answered with its payload")
def _(peer):
    alive(peer)


@case("generic/3.8/1 GOAWAY is understood")
def _(peer):
    peer.send(goaway())
    peer.barrier()
    assert peer.goaway() is None or peer.goaway()[0] == 0


@case("generic/3.9/1 WINDOW_UPDATE of the connection")
def _(peer):
    peer.send(window_update(0, 1))
    alive(peer)


@case("generic/3.9/2 WINDOW_UPDATE of a stream")
def _(peer):
    peer.send(post(peer, 1), window_update(1, 1), data(1, b"test", end=True))
    answered(peer)


def continued(peer, parts, stream=1):
    block = peer.block(request(peer) + [("x-dummy", "x" * 300)])
    step = len(block) // parts + 1
    pieces = [block[i:i + step] for i in range(0, len(block), step)]
    frames = [frame(HEADERS, END_STREAM, stream, pieces[0])]
    frames += [frame(CONTINUATION, 0, stream, piece) for piece in pieces[1:-1]]
    return b"".join(frames) + frame(CONTINUATION, END_HEADERS, stream, pieces[-1])


@case("generic/3.10/1 CONTINUATION")
def _(peer):
    peer.send(continued(peer, 2))
    answered(peer)


@case("6.10/1 several CONTINUATION")
def _(peer):
    peer.send(continued(peer, 4))
    answered(peer)


for method in ["GET", "HEAD", "POST", "OPTIONS"]:
    @case(f"generic/4 {method} is answered")
    def _(peer, method=method):
        peer.send(get(peer, 1, method=method))
        answered(peer)


@case("generic/4/4 POST with trailers")
def _(peer):
    peer.send(post(peer, 1, trailer="x-test"), data(1, b"test"), peer.headers(1, [("x-test", "ok")], end=True))
    answered(peer)


HPACK = {
    "indexed field": b"",
    "literal with indexing, indexed name": b"\x7a\x04test",  # user-agent
    "literal with indexing, indexed name, Huffman": b"\x7a\x83\x49\x50\x9f",
    "literal with indexing, new name": b"\x40\x06x-test\x04test",
    "literal with indexing, new name, Huffman": b"\x40\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x9f",
    "literal without indexing, indexed name": b"\x0f\x2b\x04test",
    "literal without indexing, new name": b"\x00\x06x-test\x04test",
    "literal never indexed, indexed name": b"\x1f\x2b\x04test",
    "literal never indexed, new name": b"\x10\x06x-test\x04test",
}
GET_ROOT = b"\x82\x86\x84\x41\x09localhost"  # indexed fields and a literal, as RFC 7541 C.3.1
for name, block in HPACK.items():
    @case(f"generic/5 HPACK: {name}")
    def _(peer, block=block):
        peer.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, GET_ROOT + block))
        answered(peer)


for name, block in {"one size update": b"\x20", "two size updates": b"\x20\x3f\xe1\x1f"}.items():
    @case(f"generic/5 HPACK: {name}")
    def _(peer, block=block):
        peer.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, block + GET_ROOT))
        answered(peer)


# ---- frames


@case("4.1/1 a frame of unknown type is ignored")
def _(peer):
    peer.send(frame(0xF1, 0, 0, bytes(8)))
    alive(peer)


@case("4.1/2 undefined flags are ignored")
def _(peer):
    peer.send(frame(PING, 0xFE, 0, b"h2rules!"))
    assert peer.until(lambda: peer.seen(PING, ack=True))


@case("4.1/3 the reserved bit of a stream id is ignored")
def _(peer):
    peer.send(frame(PING, 0, 1 << 31, b"h2rules!"))
    assert peer.until(lambda: peer.seen(PING, ack=True))


@case("4.2/1 DATA of 16384 bytes is taken")
def _(peer):
    peer.send(post(peer, 1), data(1, bytes(16384), end=True))
    answered(peer)


@case("4.2/2 DATA of more than SETTINGS_MAX_FRAME_SIZE")
def _(peer):
    peer.send(post(peer, 1), data(1, bytes(16385)))
    stream_error(peer, 1, FRAME_SIZE_ERROR)


@case("4.2/3 HEADERS of more than SETTINGS_MAX_FRAME_SIZE")
def _(peer):
    peer.send(get(peer, 1, extra=[("x-dummy", "~" * 20000)]))
    connection_error(peer, FRAME_SIZE_ERROR)


@case("4.3/1 a broken header block")
def _(peer):
    peer.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
    connection_error(peer, COMPRESSION_ERROR)


@case("4.3/2 PRIORITY inside a header block")
def _(peer):
    peer.send(get(peer, 1, flags=0), priority(1), frame(CONTINUATION, END_HEADERS, 1))
    connection_error(peer, PROTOCOL_ERROR)


@case("4.3/3 HEADERS of another stream inside a header block")
def _(peer):
    peer.send(get(peer, 1, flags=0), get(peer, 3), frame(CONTINUATION, END_HEADERS, 1))
    connection_error(peer, PROTOCOL_ERROR)


# ---- stream states


for name, sent in {"DATA": data(1, b"test", end=True), "RST_STREAM": reset(1), "WINDOW_UPDATE": window_update(1, 100),
                   "CONTINUATION": frame(CONTINUATION, END_HEADERS, 1)}.items():
    @case(f"5.1 {name} on an idle stream")
    def _(peer, sent=sent):
        peer.send(sent)
        connection_error(peer, PROTOCOL_ERROR)


def closing_frames(peer):
    return {"DATA": (data(1, b"test", end=True), [STREAM_CLOSED]),
            "HEADERS": (get(peer, 1), [STREAM_CLOSED]),
            "CONTINUATION": (frame(CONTINUATION, END_HEADERS, 1), [STREAM_CLOSED, PROTOCOL_ERROR])}


for name in ["DATA", "HEADERS", "CONTINUATION"]:
    @case(f"5.1 {name} on a half-closed stream")
    def _(peer, name=name):
        peer.send(get(peer, 1))
        sent, codes = closing_frames(peer)[name]
        peer.send(sent)
        stream_error(peer, 1, *codes)

    @case(f"5.1 {name} on a stream that we reset")
    def _(peer, name=name):
        peer.send(post(peer, 1), reset(1))
        sent, codes = closing_frames(peer)[name]
        peer.send(sent)
        stream_error(peer, 1, *codes)

    @case(f"5.1 {name} on a closed stream")
    def _(peer, name=name):
        peer.send(get(peer, 1))
        answered(peer)
        sent, codes = closing_frames(peer)[name]
        peer.send(sent)
        stream_error(peer, 1, *codes)


@case("5.1.1/1 an even stream id")
def _(peer):
    peer.send(get(peer, 2))
    connection_error(peer, PROTOCOL_ERROR)


@case("5.1.2/1 more streams than allowed")
def _(peer):
    entries = dict(struct.iter_unpack(">HI", peer.frames[0].payload))
    limit = entries[MAX_CONCURRENT_STREAMS]
    alive(peer)  # and the SETTINGS are acknowledged
    last = 2 * limit + 1
    peer.send(*(post(peer, stream) for stream in range(1, last + 1, 2)))
    stream_error(peer, last, PROTOCOL_ERROR, REFUSED_STREAM)


@case("5.3.1/1 HEADERS that depend on themselves")
def _(peer):
    peer.send(frame(HEADERS, END_STREAM | END_HEADERS | PRIORITIZED, 1,
                    struct.pack(">IB", 1, 255) + peer.block(request(peer))))
    stream_error(peer, 1, PROTOCOL_ERROR)


@case("5.3.1/2 PRIORITY that depends on itself")
def _(peer):
    peer.send(priority(2, 2))
    stream_error(peer, 2, PROTOCOL_ERROR)


@case("5.4.1/1 the connection closes after a connection error")
def _(peer):
    peer.send(frame(PING, 0, 1, bytes(8)))
    peer.ended()
    assert peer.goaway()[0] == PROTOCOL_ERROR


@case("5.5/1 an unknown extension frame is ignored")
def _(peer):
    peer.send(frame(0x16, 0, 1, bytes(8)))
    alive(peer)


@case("5.5/2 an unknown extension frame inside a header block")
def _(peer):
    peer.send(get(peer, 1, flags=0), frame(0x16, 0, 1, bytes(8)), frame(CONTINUATION, END_HEADERS, 1))
    connection_error(peer, PROTOCOL_ERROR)


# ---- each frame type


@case("6.1/1 DATA on stream 0")
def _(peer):
    peer.send(data(0, b"test"))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.1/3 DATA with more padding than payload")
def _(peer):
    peer.send(post(peer, 1), padded(DATA, END_STREAM, 1, b"test", 0, claim=10))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.2/3 HEADERS on stream 0")
def _(peer):
    peer.send(get(peer, 0))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.2/4 HEADERS with more padding than payload")
def _(peer):
    block = peer.block(request(peer))
    peer.send(padded(HEADERS, END_STREAM | END_HEADERS, 1, block, 0, claim=len(block) + 1))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.3/1 PRIORITY on stream 0")
def _(peer):
    peer.send(priority(0))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.3/2 PRIORITY of wrong size")
def _(peer):
    peer.send(get(peer, 1), frame(PRIORITY, 0, 1, bytes(4)))
    stream_error(peer, 1, FRAME_SIZE_ERROR)


@case("6.4/1 RST_STREAM on stream 0")
def _(peer):
    peer.send(reset(0))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.4/3 RST_STREAM of wrong size")
def _(peer):
    peer.send(post(peer, 1), frame(RST_STREAM, 0, 1, bytes(3)))
    connection_error(peer, FRAME_SIZE_ERROR)


@case("6.5/1 SETTINGS ACK with a payload")
def _(peer):
    peer.send(frame(SETTINGS, ACK, 0, bytes(6)))
    connection_error(peer, FRAME_SIZE_ERROR)


@case("6.5/2 SETTINGS on a stream")
def _(peer):
    peer.send(frame(SETTINGS, 0, 1))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.5/3 SETTINGS of wrong size")
def _(peer):
    peer.send(frame(SETTINGS, 0, 0, bytes(3)))
    connection_error(peer, FRAME_SIZE_ERROR)


for name, entry, code in [("ENABLE_PUSH of 2", (ENABLE_PUSH, 2), PROTOCOL_ERROR),
                          ("INITIAL_WINDOW_SIZE of 2^31", (INITIAL_WINDOW_SIZE, 1 << 31), FLOW_CONTROL_ERROR),
                          ("MAX_FRAME_SIZE of 2^14 - 1", (MAX_FRAME_SIZE, (1 << 14) - 1), PROTOCOL_ERROR),
                          ("MAX_FRAME_SIZE of 2^24", (MAX_FRAME_SIZE, 1 << 24), PROTOCOL_ERROR)]:
    @case(f"6.5.2 {name}")
    def _(peer, entry=entry, code=code):
        peer.send(settings(entry))
        connection_error(peer, code)


@case("6.5.2/5 an unknown setting is ignored")
def _(peer):
    peer.send(settings((0xFF, 1)))
    alive(peer)


@case("6.5.3/1 settings are processed in their order")
def _(peer):
    peer.send(settings((INITIAL_WINDOW_SIZE, 100), (INITIAL_WINDOW_SIZE, 1)), get(peer, 1))
    assert len(first_data(peer).payload) == 1


@case("6.7/2 PING with ACK is not answered")
def _(peer):
    peer.send(frame(PING, ACK, 0, b"no reply"))
    alive(peer)
    assert not any(f.payload == b"no reply" for f in peer.seen(PING, ack=True))


@case("6.7/3 PING on a stream")
def _(peer):
    peer.send(frame(PING, 0, 1, bytes(8)))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.7/4 PING of wrong size")
def _(peer):
    peer.send(frame(PING, 0, 0, bytes(6)))
    connection_error(peer, FRAME_SIZE_ERROR)


@case("6.8/1 GOAWAY on a stream")
def _(peer):
    peer.send(goaway(stream=1))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.9/1 WINDOW_UPDATE of 0")
def _(peer):
    peer.send(window_update(0, 0))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.9/2 WINDOW_UPDATE of 0 on a stream")
def _(peer):
    peer.send(post(peer, 1), window_update(1, 0))
    stream_error(peer, 1, PROTOCOL_ERROR)


@case("6.9/3 WINDOW_UPDATE of wrong size")
def _(peer):
    peer.send(frame(WINDOW_UPDATE, 0, 0, bytes(3)))
    connection_error(peer, FRAME_SIZE_ERROR)


@case("6.9.1/1 DATA keeps within the window")
def _(peer):
    peer.send(settings((INITIAL_WINDOW_SIZE, 1)), get(peer, 1))
    assert len(first_data(peer).payload) == 1


@case("6.9.1/2 the connection's window beyond 2^31 - 1")
def _(peer):
    peer.send(window_update(0, (1 << 31) - 1), window_update(0, (1 << 31) - 1))
    connection_error(peer, FLOW_CONTROL_ERROR)


@case("6.9.1/3 a stream's window beyond 2^31 - 1")
def _(peer):
    peer.send(post(peer, 1), window_update(1, (1 << 31) - 1), window_update(1, (1 << 31) - 1))
    stream_error(peer, 1, FLOW_CONTROL_ERROR)


@case("6.9.2/1 the initial window changes under an open stream")
def _(peer):
    peer.send(settings((INITIAL_WINDOW_SIZE, 0)), get(peer, 1))
    alive(peer)
    assert not peer.seen(DATA, 1)
    peer.send(settings((INITIAL_WINDOW_SIZE, 1)))
    assert len(first_data(peer).payload) == 1


@case("6.9.2/2 a window may become negative")
def _(peer):
    peer.send(settings((INITIAL_WINDOW_SIZE, 3)), get(peer, 1))
    assert len(first_data(peer).payload) == 3
    peer.send(settings((INITIAL_WINDOW_SIZE, 2)), window_update(1, 2))
    peer.until(lambda: len(peer.seen(DATA, 1)) == 2)
    assert len(peer.seen(DATA, 1)[1].payload) == 1


@case("6.10/2 CONTINUATION followed by another frame")
def _(peer):
    peer.send(get(peer, 1, flags=0), frame(CONTINUATION, 0, 1), data(1, b"test"))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.10/3 CONTINUATION on stream 0")
def _(peer):
    peer.send(get(peer, 1, flags=0), frame(CONTINUATION, END_HEADERS, 0))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.10/4 CONTINUATION after END_HEADERS")
def _(peer):
    peer.send(post(peer, 1), frame(CONTINUATION, END_HEADERS, 1))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.10/5 CONTINUATION after a CONTINUATION with END_HEADERS")
def _(peer):
    peer.send(get(peer, 1, end=False, flags=0), frame(CONTINUATION, END_HEADERS, 1), frame(CONTINUATION, 0, 1))
    connection_error(peer, PROTOCOL_ERROR)


@case("6.10/6 CONTINUATION after DATA")
def _(peer):
    peer.send(post(peer, 1), data(1, b"test"), frame(CONTINUATION, END_HEADERS, 1))
    connection_error(peer, PROTOCOL_ERROR)


@case("7/1 GOAWAY with an unknown code")
def _(peer):
    peer.send(goaway(code=0xFF))
    peer.barrier()
    assert peer.goaway() is None or peer.goaway()[0] == 0


@case("7/2 RST_STREAM with an unknown code")
def _(peer):
    peer.send(post(peer, 1), reset(1, 0xFF))
    alive(peer)


# ---- HTTP


@case("8.1/1 a second HEADERS without END_STREAM")
def _(peer):
    peer.send(post(peer, 1), peer.headers(1, [("x-test", "ok")]))
    stream_error(peer, 1, PROTOCOL_ERROR)


MALFORMED = {
    "8.1.2/1 a name in capitals": [("X-TEST", "ok")],
    "8.1.2.1/1 an unknown pseudo-header": [(":test", "ok")],
    "8.1.2.1/2 a pseudo-header of responses": [(":status", "200")],
    "8.1.2.2/1 connection": [("connection", "keep-alive")],
    "8.1.2.2/2 te beyond trailers": [("te", "trailers, deflate")],
    "8.1.2.3/5 two :method": [(":method", "GET")],
    "8.1.2.3/6 two :scheme": [(":scheme", "http")],
    "8.1.2.3/7 two :path": [(":path", "/")],
}
for name, extra in MALFORMED.items():
    @case(name)
    def _(peer, extra=extra):
        peer.send(get(peer, 1, extra=extra))
        stream_error(peer, 1, PROTOCOL_ERROR)


@case("8.1.2.1/3 a pseudo-header in trailers")
def _(peer):
    peer.send(post(peer, 1), data(1, b"test"), peer.headers(1, [(":method", "POST")], end=True))
    stream_error(peer, 1, PROTOCOL_ERROR)


@case("8.1.2.1/4 a pseudo-header behind a regular one")
def _(peer):
    fields = request(peer)
    peer.send(peer.headers(1, [*fields[:3], ("x-test", "ok"), fields[3]], end=True))
    stream_error(peer, 1, PROTOCOL_ERROR)


@case("8.1.2.3/1 an empty :path")
def _(peer):
    peer.send(get(peer, 1, path=""))
    stream_error(peer, 1, PROTOCOL_ERROR)


for name in [":method", ":scheme", ":path"]:
    @case(f"8.1.2.3 no {name}")
    def _(peer, name=name):
        peer.send(peer.headers(1, [field for field in request(peer) if field[0] != name], end=True))
        stream_error(peer, 1, PROTOCOL_ERROR)


@case("8.1.2.6/1 content-length that is not the size of DATA")
def _(peer):
    peer.send(post(peer, 1, content_length="1"), data(1, b"test", end=True))
    stream_error(peer, 1, PROTOCOL_ERROR)


@case("8.1.2.6/2 content-length that is not the size of several DATA")
def _(peer):
    peer.send(post(peer, 1, content_length="1"), data(1, b"test"), data(1, b"test", end=True))
    stream_error(peer, 1, PROTOCOL_ERROR)


@case("8.2/1 PUSH_PROMISE from a client")
def _(peer):
    peer.send(post(peer, 1), frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 3) + peer.block(request(peer))))
    connection_error(peer, PROTOCOL_ERROR)


# ---- HPACK

BROKEN_BLOCKS = {
    "2.3.3/1 an index beyond the tables": GET_ROOT + b"\xc6",
    "2.3.3/2 a literal with an index beyond the tables": GET_ROOT + b"\x7f\x07\x04test",
    "4.2/1 a size update at the end of a block": GET_ROOT + b"\x21",
    "5.2/1 Huffman padding of more than 7 bits": GET_ROOT + b"\x00\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff",
    "5.2/2 Huffman padding that is not EOS": GET_ROOT + b"\x00\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90",
    "5.2/3 EOS inside a Huffman string":
        GET_ROOT + b"\x00\x85\xf2\xb2\x4a\x84\xff\x88\x49\x51\xff\xff\xff\xfa\x42\x7f",
    "6.1/1 index 0": GET_ROOT + b"\x80",
    "6.3/1 a size update beyond the limit": b"\x3f\xe2\x1f" + GET_ROOT,
}
for name, block in BROKEN_BLOCKS.items():
    @case("hpack/" + name)
    def _(peer, block=block):
        peer.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, block))
        connection_error(peer, COMPRESSION_ERROR)


def run(name, address):
    function, preface = CASES[name]
    with Peer(address, preface) as peer:
        function(peer)


def main(address):
    failed = 0
    for name in CASES:
        try:
            run(name, address)
        except (AssertionError, OSError, IndexError) as error:
            failed += 1
            print(f"{name}: {error!r}")
    print(f"{len(CASES) - failed} passed, {failed} failed")


if __name__ == "__main__":
    main(sys.argv[1])
