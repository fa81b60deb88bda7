"""Odd answers of servers, each with what an archive has to hold of it."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass

import brotlicffi as brotli  # type: ignore[import-untyped]

from tests.rawserver import Step

BODY = "پایگاه خبری خطوط\n".encode() * 40
OK = b"HTTP/1.1 200 OK\r\n"


@dataclass(frozen=True)
class Odd:
    """What is sent, and the header block, payload and end that are archived of it."""

    steps: tuple[Step, ...]
    head: bytes
    body: bytes = BODY
    truncated: str | None = None
    method: str = "GET"


def lengthy(head: bytes, body: bytes = BODY, *more: Step) -> Odd:
    """Return an answer whose Content-Length is true."""
    head += b"Content-Length: %d\r\n\r\n" % len(body)
    return Odd((head + body, *more), head, body)


def unending(head: bytes, body: bytes = BODY) -> Odd:
    """Return an answer that ends with the connection."""
    return Odd((head + b"\r\n" + body, "close"), head + b"\r\n", body)


def chunked(body: bytes, size: int = 100, *, end: bytes = b"\r\n", extension: bytes = b"") -> bytes:
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    lines = [b"%X%b%b%b%b" % (len(p), extension, end, p, end) for p in pieces]
    return b"".join(lines) + b"0" + end


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def in_chunks(raw: bytes, *, head: bytes = CHUNKED, truncated: str | None = None) -> Odd:
    steps: tuple[Step, ...] = (head + raw, "close") if truncated else (head + raw,)
    return Odd(steps, head, BODY, truncated)


def drop(sent: bytes, head: bytes, body: bytes, end: Step = "close") -> Odd:
    return Odd((sent, 0.02, end), head, body, "disconnect")


GZIPPED = gzip.compress(BODY, mtime=0)
LONG = OK + b"Content-Length: 5000\r\n\r\n"
DEFLATED = zlib.compressobj(wbits=-15)
RAW_DEFLATE = DEFLATED.compress(BODY) + DEFLATED.flush()

ODD: dict[str, Odd] = {
    # status lines
    "plain": lengthy(OK + b"Server: x\r\nContent-Type: text/html\r\n"),
    "no-reason": lengthy(b"HTTP/1.1 200\r\n"),
    "empty-reason": lengthy(b"HTTP/1.1 200 \r\n"),
    "odd-reason": lengthy(b"HTTP/1.1 200 All  is\tWELL  \r\n"),
    "persian-reason": lengthy("HTTP/1.1 200 خوب\r\n".encode()),
    "latin1-reason": lengthy(b"HTTP/1.1 200 Tr\xe8s bien\r\n"),
    "false-reason": lengthy(b"HTTP/1.1 404 OK\r\n"),
    "status-299": lengthy(b"HTTP/1.1 299 Odd\r\n"),
    "status-599": lengthy(b"HTTP/1.1 599 Odder\r\n"),
    "http-1.0": unending(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n"),
    "http-1.0-length": lengthy(b"HTTP/1.0 200 OK\r\n", BODY, "close"),
    "http-1.0-keep-alive": lengthy(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"),
    "blank-before": Odd((b"\r\n" + lengthy(OK).head + BODY,), lengthy(OK).head),
    # header lines
    "cases": lengthy(OK + b'sErVeR: x\r\nX-POWERED-BY: PHP\r\nx-a: 1\r\nETag: W/"1"\r\n'),
    "order": lengthy(OK + b"Z: 1\r\nA: 2\r\nM: 3\r\nA: 4\r\n"),
    "cookies": lengthy(OK + b"Set-Cookie: a=1\r\nX: y\r\nSet-Cookie: b=2\r\nset-cookie: c=3\r\n"),
    "spacing": lengthy(OK + b"A:1\r\nB:   2\r\nC: 3   \r\nD:\t4\t\r\nE:\r\nF: \r\n"),
    "space-before-colon": lengthy(OK + b"Server : x\r\n"),
    "folded": lengthy(OK + b"X-Folded: one\r\n two\r\n\tthree\r\n"),
    "no-colon": lengthy(OK + b"this is no header\r\nX: y\r\n"),
    "nameless": lengthy(OK + b": no name\r\n"),
    "utf8-value": lengthy(OK + "X-Title: خطوط\r\n".encode()),
    "latin1-value": lengthy(OK + b"X-Name: \xe9t\xe9\r\n"),
    "control-value": lengthy(OK + b"X-Bell: \x07\x7f\r\n"),
    "lone-cr": lengthy(OK + b"X-CR: a\rb\r\n"),
    "long-line": lengthy(OK + b"X-Long: " + b"x" * 60_000 + b"\r\n"),
    "many-lines": lengthy(OK + b"".join(b"X-%d: %d\r\n" % (i, i) for i in range(500))),
    "no-headers": unending(OK),
    "bare-lf": Odd(
        (b"HTTP/1.1 200 OK\nServer: lf\nContent-Length: %d\n\n" % len(BODY) + BODY,),
        b"HTTP/1.1 200 OK\nServer: lf\nContent-Length: %d\n\n" % len(BODY),
    ),
    "mixed-line-ends": Odd(
        (b"HTTP/1.1 200 OK\r\nServer: lf\nContent-Length: %d\n\r\n" % len(BODY) + BODY,),
        b"HTTP/1.1 200 OK\r\nServer: lf\nContent-Length: %d\n\r\n" % len(BODY),
    ),
    # lengths
    "empty": lengthy(OK, b""),
    "padded-length": Odd(
        (OK + b"Content-Length:   00%d  \r\n\r\n" % len(BODY) + BODY,),
        OK + b"Content-Length:   00%d  \r\n\r\n" % len(BODY),
    ),
    "length-twice": lengthy(OK + b"Content-Length: %d\r\n" % len(BODY)),
    "lengths-differ": unending(OK + b"Content-Length: 3\r\nContent-Length: 4\r\n"),
    "length-no-number": unending(OK + b"Content-Length: many\r\n"),
    "length-negative": unending(OK + b"Content-Length: -1\r\n"),
    "more-than-length": Odd((lengthy(OK).head + BODY + b"surplus", "close"), lengthy(OK).head),
    "binary": lengthy(OK + b"Content-Type: image/png\r\n", bytes(range(256)) * 9),
    "blank-lines-in-body": lengthy(OK, b"\r\n\r\n\n\nWARC/1.1\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" * 30),
    "large": lengthy(OK, BODY * 3000),
    # codings
    "gzip": lengthy(OK + b"Content-Encoding: gzip\r\n", GZIPPED),
    "br": lengthy(OK + b"content-encoding: br\r\n", brotli.compress(BODY)),
    "deflate": lengthy(OK + b"Content-Encoding: deflate\r\n", RAW_DEFLATE),
    "gzip-false": lengthy(OK + b"Content-Encoding: gzip\r\n", BODY),
    "gzip-chunked": Odd(
        (
            OK
            + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
            + chunked(GZIPPED, 7)
            + b"\r\n",
        ),
        OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
        GZIPPED,
    ),
    # chunks
    "chunked": in_chunks(chunked(BODY) + b"\r\n"),
    "chunk-extensions": in_chunks(chunked(BODY, extension=b';a="b;c" ;d') + b"\r\n"),
    "trailers": in_chunks(chunked(BODY) + b"Expires: never\r\nX-Sum: 1\r\n\r\n"),
    "chunks-bare-lf": in_chunks(chunked(BODY, end=b"\n") + b"\n"),
    "chunk-sizes-padded": in_chunks(chunked(BODY, extension=b"   ") + b"\r\n"),
    "chunked-and-length": in_chunks(
        chunked(BODY) + b"\r\n",
        head=OK + b"Content-Length: 7\r\nTRANSFER-ENCODING: Chunked\r\n\r\n",
    ),
    "chunked-but-not": Odd(
        (CHUNKED + b"<html>\r\n" + BODY, "close"), CHUNKED, b"<html>\r\n" + BODY
    ),
    "chunked-no-last-line": Odd((CHUNKED + chunked(BODY), "close"), CHUNKED),
    "chunks-one-byte": in_chunks(chunked(BODY, 1) + b"\r\n"),
    # interim and bodiless
    "continue": Odd(
        (b"HTTP/1.1 100 Continue\r\n\r\n", 0.01, lengthy(OK).head + BODY), lengthy(OK).head
    ),
    "early-hints": Odd(
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" * 3 + lengthy(OK).head + BODY,),
        lengthy(OK).head,
    ),
    "no-content": Odd(
        (b"HTTP/1.1 204 Gone fishing\r\n\r\n",), b"HTTP/1.1 204 Gone fishing\r\n\r\n", b""
    ),
    "not-modified": Odd(
        (b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 999\r\n\r\n',),
        b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 999\r\n\r\n',
        b"",
    ),
    "head": Odd((LONG,), LONG, b"", method="HEAD"),
    "switching": Odd(
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x00\x01\x02",),
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"",
    ),
    "redirect": lengthy(b"HTTP/1.1 302 Found\r\nLocation: /plain\r\n", b""),
    # cut short
    "cut": drop(LONG + BODY, LONG, BODY),
    "cut-at-once": drop(LONG, LONG, b""),
    "cut-by-reset": drop(LONG + BODY, LONG, BODY, "reset"),
    "cut-half-closed": drop(LONG + BODY, LONG, BODY, "half-close"),
    "chunks-cut": in_chunks(chunked(BODY)[:-1], truncated="disconnect"),
    "chunks-broken": in_chunks(chunked(BODY)[:-3] + b"what?\r\n", truncated="disconnect"),
    "gzip-cut": drop(
        OK + b"Content-Encoding: gzip\r\nContent-Length: 5000\r\n\r\n" + GZIPPED[:30],
        OK + b"Content-Encoding: gzip\r\nContent-Length: 5000\r\n\r\n",
        GZIPPED[:30],
    ),
    "byte-by-byte": Odd(
        tuple(bytes([b]) for b in lengthy(OK).head + BODY[:50] + BODY[50:]), lengthy(OK).head
    ),
    "slow": Odd(
        (OK[:9], 0.02, OK[9:], 0.02, b"Content-Length: 4\r\n\r\n12", 0.02, b"34"),
        OK + b"Content-Length: 4\r\n\r\n",
        b"1234",
    ),
}

NO_ANSWER: dict[str, tuple[Step, ...]] = {
    "nothing": ("close",),
    "reset": ("reset",),
    "half-a-head": (OK + b"Content-Le", "close"),
    "http-0.9": (b"<html><body>hello</body></html>", "close"),
    "other-protocol": (b"SSH-2.0-OpenSSH_9.9\r\n", 5.0),
    "no-status": (b"HTTP/1.1 OK\r\n\r\n", "close"),
    "endless-head": (OK, *[b"X: " + b"y" * 9000 + b"\r\n"] * 40),
}
