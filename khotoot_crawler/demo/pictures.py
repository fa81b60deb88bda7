"""The pictures of the sample site: small real files, and drawings made when asked for."""

from __future__ import annotations

import re
import struct
import zlib
from functools import lru_cache
from hashlib import sha256
from importlib import resources

PHOTOS = 4


@lru_cache(maxsize=256)
def picture(path: str) -> tuple[bytes, str] | None:
    """Return bytes and content type of the picture at a path; ``None`` for other kinds of file.

    The same path always gives the same picture. The last number in it chooses the photograph.
    """
    path = re.sub(r"_(thumb|2x)(?=\.)", "", path)
    if path.endswith(".jpg"):
        number = int((re.findall(r"\d+", path) or ["0"])[-1])
        name = f"photo{number % PHOTOS}.jpg"
        file = resources.files(__package__) / "assets" / name
        return file.read_bytes(), "image/jpeg"
    if path.endswith("/paper.png"):
        return png(32, 32, b"".join(b"\x00" + _grain(y) for y in range(32))), "image/png"
    if path.endswith(".png"):
        return landscape(sha256(path.encode()).digest()), "image/png"
    return None


def landscape(seed: bytes, width: int = 160, height: int = 90) -> bytes:
    """Draw two hills under an evening sky, as PNG."""
    sky = _muted(seed[1:4], (190, 205, 215))
    near, far = _muted(seed[4:7], (120, 130, 100)), _muted(seed[7:10], (160, 170, 150))
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # PNG filter: none
        for x in range(width):
            hill = height - 25 - seed[10] % 20 + abs(x - seed[11] % width) // 3
            back = height - 45 - seed[12] % 20 + abs(x - seed[13] % width) // 4
            tone = (
                near if y > hill else far if y > back else bytes(min(255, c + y // 3) for c in sky)
            )
            rows += tone
    return png(width, height, bytes(rows))


def _muted(colour: bytes, towards: tuple[int, int, int]) -> bytes:
    return bytes((c + 3 * t) // 4 for c, t in zip(colour, towards, strict=True))


def _grain(y: int) -> bytes:
    return b"".join(bytes((244 - k, 239 - k, 228 - k)) for k in (x * y * 7 % 5 for x in range(32)))


def png(width: int, height: int, rows: bytes) -> bytes:
    """Pack rows of 8-bit RGB, each after its filter byte, into a PNG file."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def icon() -> bytes:
    """Return a favicon: a 16 by 16 PNG in an ICO."""
    row = b"\x00" + bytes((14, 94, 111)) * 16
    line = b"\x00" + bytes((240, 196, 80)) * 16
    image = png(16, 16, b"".join(line if y % 5 == 2 else row for y in range(16)))
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(image), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + image
