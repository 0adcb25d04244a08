"""The account as a JSON document: what every other report is a view of."""

from __future__ import annotations

from typing import IO

from fullcount.report import Account, Lists, Report


def write(account: Account, _lists: Lists, file: IO[bytes]) -> None:
    """The whole account, its fields in their own order; `Account.of` reads it back."""
    import orjson

    # kinds and grades may be words of an enum where the account was not read from a file
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    file.write(orjson.dumps(account.document(), option=options))


JSON = Report(name="json", title="The account, for machines", suffix=".json", write=write)
