"""Bodies: what arrives, decoded under a cap.

aiohttp's own decoding is off: reading 1 GiB of zeros, 1 MB on the wire, at once took 2.1 GB. ``zlib`` with
``max_length`` never makes more than the cap has room for.
"""

from __future__ import annotations

import zlib

from bot.errors import Code

_GZIP_MAGIC = b"\x1f\x8b\x08"
# A gzip file may be several in a row; each costs a decompressor, and 5 MB hold 250,000 empty ones.
_MOST_MEMBERS = 1_000
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class BadBody(Exception):
    """A body that cannot be used, with the code of why."""

    def __init__(self, message: str, code: Code) -> None:
        super().__init__(message)
        self.code = code


class Body:
    """A body in the making: :meth:`feed` it chunks, then :meth:`finish`.

    Args:
        encoding: the Content-Encoding header; "", identity, gzip, x-gzip and deflate (zlib or raw) are known.
            A body without one that starts like gzip is taken for gzip: some servers send ``feed.xml.gz`` so.
        cap: bytes, both as sent and decoded.
        truncate: at the cap, keep what there is and be :attr:`full` instead of raising.

    Raises:
        BadBody: too_large, bad_encoding, or cut_off (in finish).
    """

    def __init__(self, encoding: str, cap: int, *, truncate: bool = False) -> None:
        self._encoding = encoding.strip().lower()
        if self._encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise BadBody("the body has an encoding that was not asked for", Code.BAD_ENCODING)
        self._cap = cap
        self._truncate = truncate
        self._raw = 0
        self._head = b""
        self._plain = False
        self._inflater: zlib._Decompress | None = None
        self._members = 0
        self._decoded = bytearray()
        self.full = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes off the wire."""
        self._raw += len(chunk)
        if self._raw > self._cap and not self._truncate:
            raise BadBody("the body is too large", Code.TOO_LARGE)
        if self._inflater is None and not self._plain:
            self._head += chunk
            if len(self._head) < len(_GZIP_MAGIC):
                return
            chunk, self._head = self._head, b""
            self._choose(chunk)
        if self._plain:
            self._keep(chunk)
        else:
            self._inflate(chunk)
        if self._raw >= self._cap and self._truncate:
            self.full = True

    def finish(self) -> bytes:
        """The decoded body."""
        if self._head:  # a body of one or two bytes
            self._choose(self._head)
            if self._plain:
                self._keep(self._head)
            else:
                self._inflate(self._head)
        if self._inflater is not None and not self._inflater.eof and not self.full:
            raise BadBody("the compressed body ends too early", Code.CUT_OFF)
        return bytes(self._decoded)

    def _choose(self, head: bytes) -> None:
        if self._encoding == "deflate":
            # RFC 9110 means zlib; many servers send raw deflate. A zlib header is a multiple of 31, method 8.
            zlibbed = len(head) > 1 and head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0
            self._inflater = zlib.decompressobj(_ZLIB if zlibbed else _RAW)
        elif self._encoding in {"gzip", "x-gzip"} or head.startswith(_GZIP_MAGIC):
            self._inflater = zlib.decompressobj(_GZIP)
        else:
            self._plain = True

    def _keep(self, data: bytes) -> None:
        room = self._cap - len(self._decoded)
        if len(data) > room:
            if not self._truncate:
                raise BadBody("the decoded body is too large", Code.TOO_LARGE)
            self.full = True
            data = data[:room]
        self._decoded += data

    def _inflate(self, data: bytes) -> None:
        while data and not self.full:
            if self._inflater is None or self._inflater.eof:
                if not data.startswith(_GZIP_MAGIC[: len(data)]):
                    return  # bytes after the end are ignored, as browsers do
                self._members += 1
                if self._members > _MOST_MEMBERS:
                    raise BadBody("the compressed body has too many parts", Code.BAD_ENCODING)
                self._inflater = zlib.decompressobj(_GZIP)
            try:
                self._keep(self._inflater.decompress(data, self._cap - len(self._decoded) + 1))
            except zlib.error as exc:
                raise BadBody("the compressed body is damaged", Code.BAD_ENCODING) from exc
            data = self._inflater.unconsumed_tail or self._inflater.unused_data
