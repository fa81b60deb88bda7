"""Requests as they go over the wire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from scrapy.exceptions import NotSupported

from khotoot_crawler.wire import Proxy, Route

if TYPE_CHECKING:
    from scrapy import Request

PORTS = {"http": 80, "https": 443}
_OWN_HEADERS = frozenset({b"Host", b"Content-Length", b"Transfer-Encoding", b"Connection"})
_BREAKS = re.compile(rb"[\r\n\0]+")
_PATH_OR_QUERY = re.compile(r"[/?]")
_IS_VISIBLE = re.compile(r"[\x21-\x7e]+").fullmatch
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))


def route_of(request: Request, bind_address: str | tuple[str, int] | None = None) -> Route:
    """Return where a request goes; raises NotSupported where it names no host or no port."""
    parts = urlsplit(request.url)
    try:
        host, port = parts.hostname, parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise NotSupported(f"{request.url}: {error}") from None
    if not host:
        raise NotSupported(f"{request.url}: no host")
    bind = request.meta.get("bindaddress", bind_address)
    local = (bind, 0) if isinstance(bind, str) else bind
    return Route(parts.scheme, host, port, proxy_of(request), local)


def request_bytes(request: Request, route: Route, *, for_archive: bool = False) -> bytes:
    """Return the request as it is sent; the archive's copy lacks the proxy's password."""
    tunnelled = route.scheme == "https"
    target, host = request_target(request.url, route)
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), target)]
    lines.append(b"Host: " + (request.headers.get(b"Host") or host))
    for name, values in request.headers.items():
        if name in _OWN_HEADERS:
            continue
        if name == b"Proxy-Authorization" and (tunnelled or for_archive or route.proxy is None):
            continue
        lines += [b"%s: %s" % (name, value) for value in values]
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        lines.append(b"Content-Length: %d" % len(request.body))
    lines.append(b"Connection: " + (request.headers.get(b"Connection") or b"keep-alive"))
    if any(map(_BREAKS.search, lines)):
        lines = [_BREAKS.sub(b" ", line) for line in lines]
    head = b"\r\n".join(lines)
    return head + b"\r\n\r\n" + request.body


def request_target(url: str, route: Route) -> tuple[bytes, bytes]:
    """Return the request target and the Host header of a URL.

    Characters that no request line can hold are escaped; everything else is sent as it stands.
    """
    address = url.partition("#")[0]
    rest = address.partition("://")[2]
    authority = _PATH_OR_QUERY.split(rest, maxsplit=1)[0]
    path = rest[len(authority) :]
    target = path if path.startswith("/") else "/" + path
    if not _IS_VISIBLE(target):
        target = quote(target, safe=_VISIBLE)
    host = f"[{route.host}]" if ":" in route.host else route.host
    host = host.encode("idna").decode() if not host.isascii() else host
    if route.port != PORTS[route.scheme]:
        host = f"{host}:{route.port}"
    if route.proxy is not None and route.scheme == "http":
        target = f"http://{host}{target}"
    return target.encode(), host.encode()


def proxy_of(request: Request) -> Proxy | None:
    """Return the proxy that Scrapy's middleware chose; raises NotSupported for TLS and SOCKS."""
    address = request.meta.get("proxy")
    if not address:
        return None
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if parts.scheme != "http" or not parts.hostname:
        raise NotSupported(f"only plain http:// proxies are supported, not {address}")
    authorization = request.headers.get(b"Proxy-Authorization")
    return Proxy(parts.hostname, parts.port or 80, authorization)
