"""LZXPRESS Huffman, as Windows compresses prefetch files: unpacked up to a known size and never beyond it.

Facts: MS-XCA, section 2.2. Every 65,536 bytes begin with a table of 512 lengths of four bits; bits are read from
words of 16, while long lengths of matches stand as bytes between them.
"""

from __future__ import annotations

_BLOCK = 65_536
_TABLE = 256  # bytes
_DEEPEST = 15  # bits of a code


def unpacked(data: bytes, size: int) -> bytes:
    """The first `size` bytes. Raises `ValueError` for what is damaged or cut."""
    out, at = bytearray(), 0
    try:
        while len(out) < size:
            at = _block(data, at, out, size)
    except IndexError as error:
        raise ValueError("the compressed bytes are cut") from error
    return bytes(out[:size])


def _block(data: bytes, at: int, out: bytearray, size: int) -> int:
    """Unpack a block, whose last match may go beyond it. Returns where the next one begins."""
    end = min(size, len(out) + _BLOCK)
    lengths = [length for byte in data[at : at + _TABLE] for length in (byte & 15, byte >> 4)]
    codes = _codes(lengths)
    at += _TABLE
    bits, left = _word(data, at) << 16 | _word(data, at + 2), 16
    at += 4
    while len(out) < end:
        symbol = codes[bits >> (32 - _DEEPEST)]
        extra = (symbol - 256) >> 4 if symbol >= 256 else 0
        bits, left = bits << lengths[symbol] & 0xFFFFFFFF, left - lengths[symbol]
        if left < 0:
            bits |= _word(data, at) << -left
            at, left = at + 2, left + 16
        if symbol < 256:
            out.append(symbol)
            continue
        length = symbol & 15
        if length == 15:
            length, at = _long(data, at)
        back = (1 << extra) + (bits >> (32 - extra))
        bits, left = bits << extra & 0xFFFFFFFF, left - extra
        if left < 0:
            bits |= _word(data, at) << -left
            at, left = at + 2, left + 16
        _copy(out, back, min(length + 3, size - len(out)))
    return at


def _word(data: bytes, at: int) -> int:
    """Sixteen bits; zeros behind the end, where a last word is asked for before it is needed. Raises `IndexError`."""
    if at > len(data) + 4:
        raise IndexError
    return int.from_bytes(data[at : at + 2], "little")


def _long(data: bytes, at: int) -> tuple[int, int]:
    """A length that stands in bytes of its own, and where they end."""
    if data[at] < 255:
        return data[at] + 15, at + 1
    if word := _word(data, at + 1):
        if word < 15:
            raise ValueError("a match of no length")
        return word, at + 3
    return int.from_bytes(data[at + 3 : at + 7], "little"), at + 7


def _copy(out: bytearray, back: int, length: int) -> None:
    """Repeat what stands `back` bytes before; it may run into itself."""
    if back > len(out):
        raise ValueError("a match that begins before the file does")
    piece = out[len(out) - back : len(out) - back + length]
    out += (piece * (length // len(piece) + 1))[:length]


def _codes(lengths: list[int]) -> list[int]:
    """For each pattern of 15 bits, the symbol whose code it begins with. Raises `ValueError` for no such tree."""
    if len(lengths) != 2 * _TABLE:
        raise IndexError
    codes: list[int] = []
    for length in range(1, _DEEPEST + 1):
        for symbol, mine in enumerate(lengths):
            if mine == length:
                codes += [symbol] * (1 << (_DEEPEST - length))
    if len(codes) != 1 << _DEEPEST:
        raise ValueError("a table of lengths that is none")
    return codes
