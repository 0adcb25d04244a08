"""The form of a data call, filled in by a person: `fullcount datacall` writes it, as a workbook and as CSV."""

from fullcount.model import Lists
from fullcount.reader import Basis, Declaration, Peek
from fullcount.sheet import open_sheets
from fullcount.table import columns_of, fits, table_reader
from fullcount.template import COLUMNS, MARK, NONE_FOUND
from fullcount.text import key

_COLUMNS = Declaration(
    columns={column.field: (column.heading,) for column in COLUMNS},
    required=("hostname", "name"),
)


def claims(peek: Peek) -> bool:
    """A table with the mark of the form; or, where somebody copied what can be seen of it, with all its headings."""
    return any(
        any(key(name) == MARK for name in sheet.columns) or len(columns_of(_COLUMNS, sheet.columns)) == len(COLUMNS)
        for sheet in open_sheets(peek)
        if fits(_COLUMNS, sheet.columns)
    )


DATACALL = table_reader(
    name="datacall",
    title="Data call: the form that `fullcount datacall` writes",
    lists=Lists.SOME_SOFTWARE,
    declaration=_COLUMNS,
    blind=(
        "what nobody wrote down: a person lists what they saw, and it never shows that a machine is without a product",
        f"`{NONE_FOUND}` is a person's word: the machine is known by it, and nobody has looked at it with a tool",
        "of several people or days on one machine the first person and the last day are kept",
    ),
    how=(
        "`fullcount datacall` writes a packet for each component; the form is in it as datacall.xlsx and datacall.csv.\n"
        "Fill in one of the two: a line for each product on each machine, names as the machine shows them.\n"
        "Send it back in a folder named by the day (2017-10-10), inside a folder named after the component."
    ),
    basis=Basis.DOCUMENTATION,
    claims=claims,
)
