"""How TLS is spoken to a site."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from khotoot_crawler.errors import UsageError

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_VERSIONS = {
    "TLSv1.0": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


def tls_context(settings: BaseSettings) -> ssl.SSLContext:
    """Return the TLS context that Scrapy's settings ask for.

    Raises UsageError naming a setting that OpenSSL knows no such value of.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"):
        context.load_default_certs()
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if lowest := settings.get("DOWNLOAD_TLS_MIN_VERSION"):
        context.minimum_version = _version("DOWNLOAD_TLS_MIN_VERSION", lowest)
    if highest := settings.get("DOWNLOAD_TLS_MAX_VERSION"):
        context.maximum_version = _version("DOWNLOAD_TLS_MAX_VERSION", highest)
    if ciphers := settings.get("DOWNLOADER_CLIENT_TLS_CIPHERS"):
        try:
            context.set_ciphers(ciphers)
        except (ssl.SSLError, TypeError) as error:
            raise UsageError(
                f"-s DOWNLOADER_CLIENT_TLS_CIPHERS={ciphers}: takes ciphers of OpenSSL's"
            ) from error
    context.set_alpn_protocols(["http/1.1"])
    return context


def _version(name: str, value: str) -> ssl.TLSVersion:
    if value not in _VERSIONS:
        raise UsageError(f"-s {name}={value}: takes {' or '.join(_VERSIONS)}")
    return _VERSIONS[value]
