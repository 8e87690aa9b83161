"""The command line: parse, call, turn our errors into one message and an exit code.

Nothing heavy is imported before a command runs: `quality --help` answers at once.
"""

import io
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from analysis.errors import AnalysisError, RenderError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Exam-quality reports: score sheets in, city and school reports out.",
    epilog="Exit codes: 0 done; 2 settings or command wrong; 3 a sheet is missing or unreadable; 4 marks were lost "
    "on the way; 5 the rules stop the exam; 6 no model fits; 7 a report failed, the others are written; 8 another "
    "run is busy; 9 outputs cannot be written; 10 no such school, exam or report; 11 a process was killed; 130 stopped by hand.",
)

INTERRUPTED = 130

SettingsFile = Annotated[Path, typer.Argument(help="Settings of the city, params/….yaml.")]
ExamId = Annotated[
    str, typer.Option("--exam", help="Exam of the calendar; default: the one the settings report.")
]
Language = Annotated[str, typer.Option("--language", help="zh or en; default: as in the settings.")]
Outputs = Annotated[Path | None, typer.Option("--outputs", help="Another folder for everything generated.")]
Workers = Annotated[int, typer.Option("--workers", min=0, help="Processes; 0: as many as cores.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Plain lines, no progress bar.")]


def main() -> None:
    """Entry point of `quality`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that lacks a letter shows ?, and nothing stops
    try:
        code = app(standalone_mode=False)  # typer hands back exit codes, its own and those of the commands
    except AnalysisError as fault:
        _say(f"{fault}\n{fault.hint}".rstrip())
        sys.exit(fault.exit_code)
    except Exception as fault:  # click's own usage errors carry their message and code
        if hasattr(fault, "format_message") and hasattr(fault, "exit_code"):
            _say(str(fault.format_message()))
            sys.exit(int(fault.exit_code))
        raise
    if code == INTERRUPTED:
        _say("Stopped. What is finished is kept; the same command goes on from here.")
    sys.exit(code)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="New folder for the city.")],
    sheets: Annotated[list[Path], typer.Argument(help="Score sheets or folders of them.")],
) -> None:
    """Look at score sheets and write first settings and Excel templates."""
    from analysis.intake.new import new as make

    for line in make(folder, sheets):
        print(line)


@app.command()
def check(
    settings: SettingsFile,
    explain: Annotated[
        Path | None, typer.Option("--explain", help="Show how this sheet was understood.")
    ] = None,
    outputs: Outputs = None,
) -> None:
    """Read all sheets and write the list of problems; no report is made."""
    from analysis.publish.checking import check as read_all
    from analysis.publish.checking import explain as show

    lines = show(settings, explain) if explain else read_all(settings, outputs)
    for line in lines:
        print(line)


@app.command()
def run(
    settings: SettingsFile,
    exam: ExamId = "",
    language: Language = "",
    outputs: Outputs = None,
    workers: Workers = 0,
    quiet: Quiet = False,
) -> None:
    """Make every report of an exam: only what changed."""
    _run(settings, exam, [], language, outputs, workers, quiet)


@app.command()
def report(
    settings: SettingsFile,
    school: Annotated[list[str], typer.Option("--school", help="Code of a school, or 'city'.")],
    exam: ExamId = "",
    language: Language = "",
    outputs: Outputs = None,
    quiet: Quiet = False,
) -> None:
    """Make one school's report again."""
    _run(settings, exam, school, language, outputs, 1, quiet)


def _run(
    settings: Path, exam: str, only: list[str], language: str, outputs: Path | None, workers: int, quiet: bool
) -> None:
    from analysis.publish import state

    if not only and (fresh := state.fresh(settings, exam, language, outputs)):
        print(fresh)
        return
    from analysis.publish.run import run as make
    from analysis.publish.terminal import Bar

    with Bar(quiet or not sys.stdout.isatty()) as bar:
        result = make(
            settings, exam or None, only or None, language or None, workers or None, outputs, bar.update
        )
    for line in result.lines():
        print(line)
    if result.failed:
        raise typer.Exit(RenderError.exit_code)


@app.command()
def status(settings: SettingsFile, outputs: Outputs = None) -> None:
    """The exam calendar: what is due, loaded, reported, not lawful."""
    from analysis.publish.status import status as look

    _print(look(settings, outputs))


@app.command()
def why(
    settings: SettingsFile,
    name: Annotated[str, typer.Argument(help="Report: city, or school-CODE.")],
    exam: ExamId = "",
    outputs: Outputs = None,
) -> None:
    """In words: what changed since a report was made."""
    from analysis.publish.why import why as explain

    _print(explain(settings, name, exam or None, outputs))


@app.command()
def verify(
    page: Annotated[Path, typer.Argument(help="A report's HTML file.")], outputs: Outputs = None
) -> None:
    """Whether a page is unaltered, and what made it."""
    from analysis.publish.verify import verify as look

    found = look(page, outputs)
    _print(found)
    if not found.unaltered:
        raise typer.Exit(1)


@app.command()
def diff(settings: SettingsFile, exam: ExamId = "", outputs: Outputs = None) -> None:
    """In words: what moved between the last two runs, and why."""
    from analysis.publish.diff import diff as compare

    _print(compare(settings, exam or None, outputs))


def _print(found: Any) -> None:
    for line in found.lines():
        print(line)
