"""The process that is measured: `python -m peers.answer PEER hosts|host EXPORTS FILE TEXT`."""

from __future__ import annotations

import sys
from pathlib import Path

from peers import PEERS


def main(arguments: list[str]) -> None:
    """Let one peer answer."""
    key, asked, exports, into, text = arguments
    peer = next(one for one in PEERS if one.key == key)
    answer = peer.answer if asked == "hosts" else peer.look_up
    assert answer, f"{peer.name} is not asked about one host"
    answer(Path(exports), Path(into), text)


if __name__ == "__main__":
    main(sys.argv[1:])
