"""What can go wrong that is not a bug: each error says what, where, and what to do next."""

from __future__ import annotations


class FullcountError(Exception):
    """Something the user must change. `place` is a file, or file:line; `hint` is the next step."""

    exit_code = 3

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        """Say what is wrong, where it is, and what the user can do about it."""
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        """One line, as a compiler writes it: `place: message`."""
        return f"{self.place}: {self.message}" if self.place else self.message


class UnreadableError(FullcountError):
    """A file that cannot be used at all: it becomes a reject of one file."""


class UnknownFormatError(UnreadableError):
    """No reader claims the file, or more than one does."""


class NothingUsableError(FullcountError):
    """Nothing that was given could be read, or there is nothing to count."""


class DirectiveError(FullcountError):
    """A pack is wrong; `place` is file:line."""


class SettingsError(FullcountError):
    """`fullcount.toml` says something that cannot be obeyed."""

    exit_code = 2


class WorkspaceError(FullcountError):
    """The workspace is missing, locked by somebody else, or has been altered."""


class BusyError(WorkspaceError):
    """Another writer is at work in the workspace; it ends, so that trying again helps."""


class ReturnError(FullcountError):
    """A sealed return that is none: its form is wrong, whoever sealed it. `faults` says all that is wrong, in words."""

    def __init__(self, faults: tuple[str, ...], *, place: str = "") -> None:
        """The first fault, with the number of the others, is the message."""
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        hint = "have its component seal it again, with a fullcount that is not altered"
        super().__init__(f"this is no return: {faults[0]}{more}", place=place, hint=hint)
        self.faults = faults


class UsageError(FullcountError):
    """The command line names something that does not exist."""

    exit_code = 2


class EnvelopeError(FullcountError):
    """A file is no envelope, or a key or a signature is none of which anything could be said."""
