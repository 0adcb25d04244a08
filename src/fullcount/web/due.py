"""What is due: the due dates of a count's directive, seen from a day; by default today, in the time zone of the settings."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date, datetime
from typing import TYPE_CHECKING

from fullcount import deadlines
from fullcount.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from fullcount.clock import Discovery
    from fullcount.deadlines import Deadline
    from fullcount.directive import Directive
    from fullcount.web.asked import Asked

KEPT = 20  # counts and directives of which is remembered what they found
# what `discoveries` looks at: of tables as long as the fleet these columns alone
_READ = {"hosts": ("host_list", "host, component"), "findings": ("finding_list", "host, product, seen_on, counts")}


class Dues:
    """The due dates of counts. What a count found is read from it once: it is frozen. Any number of threads may ask."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.found: OrderedDict[tuple[str, str, str], tuple[Discovery, ...]] = OrderedDict()
        self.lock = threading.Lock()

    def of(self, asked: Asked, pack: Directive, *, on: date, until: date | None = None) -> tuple[Deadline, ...]:
        """The due dates of the directive, seen from a day; of what recurs every turn up to `until`, else those near the day."""
        workspace = asked.house.workspace
        sent = deadlines.submitted((), [pack], workspace.registers().answers)
        one = deadlines.Asked(directive=pack, discoveries=self._discoveries(asked), submitted=sent)
        return deadlines.deadlines([one], zone=workspace.settings().zone, on=on, until=until)

    def _discoveries(self, asked: Asked) -> tuple[Discovery, ...]:
        zone = asked.house.workspace.settings().zone
        name = (asked.account.count, asked.directive, str(zone))

        def lists(wanted: str) -> Iterator[pa.RecordBatch]:
            table, columns = _READ[wanted]
            query = f"select {columns} from {table} where directive = $directive"  # noqa: S608 - words of the house
            return asked.engine.batches(query, {"directive": asked.directive})

        with self.lock:
            if name not in self.found:
                self.found[name] = deadlines.discoveries(lists, zone)
                while len(self.found) > KEPT:
                    self.found.popitem(last=False)
            self.found.move_to_end(name)
            return self.found[name]


def today(asked: Asked) -> date:
    """Today, in the time zone of the settings."""
    return datetime.now(asked.house.workspace.settings().zone).date()


def seen_from(asked: Asked) -> tuple[date, bool]:
    """The day from which is looked, and whether it is today: what the address says under `on`. Raises `UsageError`."""
    said = asked.values.get("on", "")
    try:
        return (date.fromisoformat(said), False) if said else (today(asked), True)
    except ValueError:
        raise UsageError(f"`{said}` is no day", hint="write it like 2025-09-15") from None
