"""Made-up files of Windows: installers (compound files), executables with version information, and signatures."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from asn1crypto import algos, cms, core, keys, x509

if TYPE_CHECKING:
    from collections.abc import Mapping

MSI, MSP = "000c1084-0000-0000-c000-000000000046", "000c1086-0000-0000-c000-000000000046"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_NONE, _END = 0xFFFF_FFFF, 0xFFFF_FFFE


def stored(name: str) -> str:
    """The name of a table as an installer has it."""
    found = "\u4840"
    for at in range(0, len(name), 2):
        first, *second = (_LETTERS.index(char) for char in name[at : at + 2])
        found += chr(0x3800 + first + (second[0] << 6)) if second else chr(0x4800 + first)
    return found


def compound(streams: Mapping[str, bytes], kind: str = MSI) -> bytes:
    """A compound file; streams are filled up with zeros, so that none is a small one."""
    sectors, fat, entries = b"", [0xFFFF_FFFD] * 2, [("Root Entry", 5, _END, 0)]
    wide = -(-(len(streams) + 1) // 4)
    fat += [*range(3, wide + 2), _END]
    for name, data in streams.items():
        count = max(8, -(-len(data) // 512))
        start = len(fat)
        entries.append((name, 2, start, count * 512))
        fat += [*range(start + 1, start + count), _END]
        sectors += data.ljust(count * 512, b"\0")
    tree = b""
    for number, (name, type_, start, size) in enumerate(entries):
        raw = name.encode("utf-16-le") + b"\0\0"
        right = number + 1 if 0 < number < len(entries) - 1 else _NONE
        tree += raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), type_, 1, _NONE, right, _NONE if number else 1)
        tree += (UUID(kind).bytes_le if number == 0 else bytes(16)) + struct.pack("<IQQIQ", 0, 0, 0, start, size)
    head = struct.pack("<8s16sHHHHH6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 62, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 2, 2, 0, 4096, _END, 0, _END, 0) + struct.pack("<109I", 0, 1, *[_NONE] * 107)
    return head + struct.pack("<256I", *fat, *[_NONE] * (256 - len(fat))) + tree.ljust(wide * 512, b"\0") + sectors


def installer(
    properties: Mapping[str, str], *, page: int = 1252, wide: bool = False, signature: bytes = b"", kind: str = MSI
) -> bytes:
    """A .msi with a table of properties. `wide`: numbers of texts have three bytes."""
    texts = list(dict.fromkeys([*properties, *properties.values()]))
    raw = [text.encode({65001: "utf-8"}.get(page, f"cp{page}")) for text in texts]
    pool = struct.pack("<HH", page, 0x8000 * wide)
    for one in raw:
        pool += struct.pack("<HH", len(one), 1) if len(one) < 2**16 else struct.pack("<HHI", 0, 1, len(one))
    size = 3 if wide else 2
    columns = (properties.keys(), properties.values())
    table = b"".join((texts.index(text) + 1).to_bytes(size, "little") for column in columns for text in column)
    # a table has no row that is empty: filled up in the middle it would have
    rows = 4096 // (2 * size)
    half = len(table) // 2
    table = table[:half].ljust(rows * size, b"\0") + table[half:].ljust(rows * size, b"\0")
    streams = {stored("_StringPool"): pool, stored("_StringData"): b"".join(raw), stored("Property"): table}
    return compound(streams | ({"\x05DigitalSignature": signature} if signature else {}), kind)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def _block(name: str, value: bytes, children: bytes, *, length: int, text: bool) -> bytes:
    head = _padded(struct.pack("<HHH", 0, length, text) + f"{name}\0".encode("utf-16-le"))
    whole = head + _padded(value) + children
    return struct.pack("<H", len(whole)) + whole[2:]


def version_information(said: Mapping[str, str]) -> bytes:
    texts = b"".join(
        _padded(_block(name, f"{value}\0".encode("utf-16-le"), b"", length=len(value) + 1, text=True))
        for name, value in said.items()
    )
    table = _block("040904b0", b"", texts, length=0, text=True)
    fixed = struct.pack("<II", 0xFEEF04BD, 0x10000).ljust(52, b"\0")
    return _block("VS_VERSION_INFO", fixed, _block("StringFileInfo", b"", table, length=0, text=True), length=52, text=False)


def executable(said: Mapping[str, str], *, signature: bytes = b"") -> bytes:
    """A PE file of 32 bit with version information and a signature."""
    info = version_information(said) if said else b""
    one = struct.pack("<IIHHHH", 0, 0, 0, 0, 0, 1)  # a directory of one entry
    tree = b"".join(one + struct.pack("<II", *entry) for entry in ((16, 0x8000_0018), (1, 0x8000_0030), (1033, 0x48)))
    rsrc = tree + struct.pack("<IIII", 0x1000 + 0x58, len(info), 0, 0) + info
    rsrc = rsrc.ljust(-(-len(rsrc) // 512) * 512, b"\0") if info else bytes(512)
    place = 512 + len(rsrc)
    directories = [(0, 0)] * 16
    directories[2] = (0x1000, len(rsrc)) if info else (0, 0)
    directories[4] = (place, len(signature) + 8) if signature else (0, 0)
    optional = struct.pack("<HBBIIIIII", 0x10B, 1, 0, 0, len(rsrc), 0, 0, 0x1000, 0x1000)
    optional += struct.pack("<IIIHHHHHHIIIIHH", 0x400000, 0x1000, 512, 6, 0, 0, 0, 6, 0, 0, 0x4000, 512, 0, 2, 0)
    optional += struct.pack("<IIIIII", *[0x1000] * 4, 0, 16)
    optional += b"".join(struct.pack("<II", *pair) for pair in directories)
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x14C, 1, 0, 0, 0, len(optional), 0x102) + optional
    head += struct.pack("<8sIIIIIIHHI", b".rsrc", len(rsrc), 0x1000, len(rsrc), 512, 0, 0, 0, 0, 0x4000_0040)
    tail = struct.pack("<IHH", len(signature) + 8, 0x200, 2) + signature if signature else b""
    return head.ljust(512, b"\0") + rsrc + tail


def signature_of(*, issuer: str = "Some CA", **subject: str) -> bytes:
    """A PKCS #7 signature that says to be of this subject, beside its authority's certificate. It signs nothing."""
    mine, other = certificate(7, issuer, subject), certificate(1, issuer, {"common_name": issuer})
    sha = {"algorithm": "sha256"}
    signer: Any = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": {"issuer": mine.issuer, "serial_number": 7}}),
            "digest_algorithm": sha,
            "signature_algorithm": {"algorithm": "sha256_rsa"},
            "signature": b"none",
        }
    )
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [sha],
            "encap_content_info": {"content_type": "1.3.6.1.4.1.311.2.1.4", "content": core.OctetString(b"digest")},
            "certificates": [other, mine],
            "signer_infos": [signer],
        }
    )
    data: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    return data


def certificate(serial: int, issuer: str, subject: Mapping[str, str]) -> Any:
    day = datetime(2020, 1, 1, tzinfo=UTC)
    algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
    public = keys.RSAPublicKey({"modulus": 7, "public_exponent": 3})
    key = keys.PublicKeyInfo({"algorithm": {"algorithm": "rsa"}, "public_key": public})
    return x509.Certificate(
        {
            "tbs_certificate": {
                "version": "v3",
                "serial_number": serial,
                "signature": algorithm,
                "issuer": x509.Name.build({"common_name": issuer}),
                "validity": {"not_before": x509.Time({"utc_time": day}), "not_after": x509.Time({"utc_time": day})},
                "subject": x509.Name.build(dict(subject)),
                "subject_public_key_info": key,
            },
            "signature_algorithm": algorithm,
            "signature_value": b"none",
        }
    )
