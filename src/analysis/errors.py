"""What can go wrong, as the user is told of it: one message, one hint, one exit code.

Trouble inside the data is not here: it is a row in the `data_issues` table.
"""


class AnalysisError(Exception):
    """A fault that stops the command. `str()` is the message; `hint` says what to do about it."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class SettingsError(AnalysisError):
    """A settings file cannot be read or breaks its rules; lists every fault with key path and line."""

    exit_code = 2


class InputError(AnalysisError):
    """A score sheet is missing, hostile or unreadable."""

    exit_code = 3


class AccountError(AnalysisError):
    """The cells that went in are not the cells that came out: the importer lost or made up marks."""

    exit_code = 4


class PolicyError(AnalysisError):
    """The rules in force on the exam's date do not allow this exam or this use of it."""

    exit_code = 5


class ModelError(AnalysisError):
    """A model cannot be fitted to these data; the message names the cause."""

    exit_code = 6


class RenderError(AnalysisError):
    """At least one report could not be made; the others are written."""

    exit_code = 7


class BusyError(AnalysisError):
    """Another run holds the outputs folder."""

    exit_code = 8


class OutputError(AnalysisError):
    """The outputs folder cannot be written: read-only, full, or not ours."""

    exit_code = 9


class UnknownName(AnalysisError):
    """A school, exam or report that the settings do not know."""

    exit_code = 10


class KilledError(AnalysisError):
    """A process of the run was ended from outside, as a system does that runs out of memory."""

    exit_code = 11
