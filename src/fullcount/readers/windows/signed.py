"""Who signed a file, by the certificate that its signature names (PKCS #7). Nothing is verified: it is what the file says."""

from __future__ import annotations

from typing import Any

from fullcount.errors import UnreadableError
from fullcount.text import clean

INSTALL = "pip install 'fullcount[forensics]'"


def needed(name: str, place: str) -> Any:
    """A library of the extra `forensics`. Raises `UnreadableError` where it is not installed."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise UnreadableError(f"the library {name} is missing", place=place, hint=INSTALL) from error


def signer(data: bytes, place: str) -> str | None:
    """The common name, else the organisation, of the first signer. `None` for a signature that cannot be read."""
    cms = needed("asn1crypto.cms", place)
    try:
        signed = cms.ContentInfo.load(data)["content"]
        wanted = signed["signer_infos"][0]["sid"].chosen
        for choice in signed["certificates"]:
            certificate = choice.chosen
            serial, issuer = wanted["serial_number"].native, wanted["issuer"]
            if certificate.serial_number == serial and certificate.issuer.dump() == issuer.dump():
                said = certificate.subject.native
                return _plain(said.get("common_name")) or _plain(said.get("organization_name"))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        return None
    return None


def _plain(value: Any) -> str | None:
    return clean(value) if isinstance(value, str) else None
