"""Qualys: reports and lists of hosts (XML), findings (CSV), and assets with their software (XML or JSON)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.model import Lists
from fullcount.reader import Basis, Peek, Reader
from fullcount.readers.qualys import assets, findings, reports
from fullcount.scanned import fitting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.model import Batch
    from fullcount.reader import Stream


def _is_assets_xml(peek: Peek) -> bool:
    return peek.xml_root == "ServiceResponse" and peek.has("<HostAsset>")


def _claims_report(peek: Peek) -> bool:
    # other tools, too, may call a scan so
    return peek.xml_root in reports.ROOTS and (peek.xml_root != "SCAN" or peek.has('<SCAN value="'))


def _claims_findings(peek: Peek) -> bool:
    return bool(fitting(peek, findings.HABITS))


def _claims_assets(peek: Peek) -> bool:
    return _is_assets_xml(peek) or bool(peek.json_start and any(mark.search(peek.text) for mark in assets.MARKS))


def _asset_batches(stream: Stream) -> Iterator[Batch]:
    xml = Peek.at(stream.path).xml_root
    return assets.xml_batches(stream) if xml else assets.json_batches(stream)


_LISTED_BY_OTHERS = "it lists weaknesses, not software: a host in it is there, and nobody has looked at its programs"

QUALYS = Reader(
    name="qualys",
    title="Qualys reports and host lists (XML)",
    lists=Lists.MACHINES,
    blind=(
        _LISTED_BY_OTHERS,
        "results of findings are not read, those that list installed software (QID 90235 and others) included",
        "names of malware (MW_ALIAS) and of affected products in the glossary are nobody's software, and are not read",
        "a list asked for without details has ids alone: they join with other exports of Qualys only",
    ),
    how=(
        "With an account that may use the interface, page by page while the answer names a next one:\n"
        "  GET https://qualysapi.PLATFORM/api/2.0/fo/asset/host/?action=list&details=All&show_asset_id=1&truncation_limit=1000\n"
        "or Reports, a report of the template Scan (host based findings), Download, XML; or Scans, the scan, Download, XML."
    ),
    unit="host element",
    basis=Basis.SAMPLES,
    claims=_claims_report,
    batches=reports.batches,
)

QUALYS_TABLE = Reader(
    name="qualys-table",
    title="Qualys findings (CSV of VM, VMDR or PCI)",
    lists=Lists.MACHINES,
    blind=(
        _LISTED_BY_OTHERS,
        "results, and names of malware beside a finding, are not read",
        "hosts without a finding are not in such a report",
        "dates are read only where the file's own dates prove whether the day or the month stands first",
    ),
    how=(
        "Reports, New, Scan Report, host based findings, Run, Download as CSV; or VMDR, Vulnerabilities, Asset, Download, CSV. "
        "For software, use the interface that the reader `qualys-assets` names."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims_findings,
    batches=findings.batches,
)

QUALYS_ASSETS = Reader(
    name="qualys-assets",
    title="Qualys assets with software (XML or JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=assets.TRACES,
    blind=(
        "the list is taken for whole only where Qualys Cloud Agent made it; of a scan nobody knows whether it was let in",
        "software of one user is listed only where the agent reads that user's registry",
        "Asset Management lists no publishers",
        "a list has no date of its own: lastVulnScan of an agent, or what inventoryListData says of it, is taken for that",
    ),
    how=(
        "With an account that may use the interface, until hasMoreRecords or hasMore says that nothing is left:\n"
        "  POST https://qualysapi.PLATFORM/qps/rest/2.0/search/am/hostasset (startFromId: the last id of the page before), or\n"
        "  POST https://gateway.PLATFORM/rest/2.0/search/am/asset?includeFields=software,networkInterface,agent,inventory,hardware\n"
        "One file a page, or all pages in one file."
    ),
    unit="asset",
    basis=Basis.DOCUMENTATION,
    claims=_claims_assets,
    batches=_asset_batches,
)
