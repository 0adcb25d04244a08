"""The two lists of the made-up department: computers in its directory, and what its offices bought."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from fullcount.demo.formats import DOMAIN, row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fullcount.demo.formats import Shown

# How the settings name the columns of the two.
DIRECTORY_COLUMNS = """\
[table.columns]
hostname = "Name"
fqdn = "DNSHostName"
os = "OperatingSystem"
heard_at = "LastLogonDate"
ad_object = "ObjectGUID"
ou = "DistinguishedName"
"""
PURCHASING_COLUMNS = """\
[table.columns]
asset_tag = "Asset Tag"
serial = "Serial Number"
manufacturer = "Manufacturer"
heard_at = "Delivered"
component = "Office"
"""
_FIRST_ORDER = datetime(2015, 2, 2)  # noqa: DTZ001 - a day


def directory(objects: Iterable[tuple[str, datetime | None, Shown]]) -> Iterator[str]:
    """Active Directory's computers, as PowerShell exports them: with the organisational unit and the last logon."""
    yield row("Name", "DNSHostName", "OperatingSystem", "LastLogonDate", "Enabled", "ObjectGUID", "DistinguishedName")
    for unit, heard, shown in objects:
        logon = f"{heard:%Y-%m-%d %H:%M:%S}" if heard else ""
        # administrators switch off some objects of machines that are gone, and forget the others
        enabled = heard is not None and (heard.year, heard.month) > (2017, 3)
        place = f"CN={shown.name},OU=Workstations,OU={unit},{','.join(f'DC={part}' for part in DOMAIN.split('.'))}"
        guid = uuid5(NAMESPACE_OID, f"{shown.agent} {shown.name}")
        yield row(shown.name, shown.full_name, shown.system.name, logon, enabled, guid, place)


_MODELS = {"Dell Inc.": "OptiPlex 7040", "HP": "EliteBook 840 G3", "LENOVO": "ThinkPad T460", "Apple Inc.": "MacBookPro13,3"}


def purchasing(bought: Iterable[tuple[str, Shown]]) -> Iterator[str]:
    """A list that an office keeps in a spreadsheet of German settings: semicolons, cp1252, day before month."""
    yield row("Asset Tag", "Serial Number", "Manufacturer", "Model", "Delivered", "Office", delimiter=";")
    for office, shown in bought:
        delivered = f"{_FIRST_ORDER + timedelta(days=shown.number * 37 % 800):%d.%m.%Y}"
        model = _MODELS.get(shown.maker, "Kompaktgerät K2")
        yield row(shown.asset_tag, shown.serial, shown.maker, model, delivered, office, delimiter=";")
