"""YAML → `Params`: one frozen object, or one message that lists every fault with its key path and line."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import ValidationError

from analysis.errors import SettingsError, UnknownName
from analysis.params import Exam, Params
from analysis.workbook import schools as schoolbook


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The C parser where yaml has it: the same nodes, many times faster. Dates stay text: the settings' types know
    what a date is, and say in which line one is none.
    """

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {
        letter: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:timestamp"]
        for letter, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


OUTPUTS_VARIABLE = "QUALITY_OUTPUTS"
"""Environment variable naming another outputs folder; notebooks in kernels of their own find it so."""


@dataclass(frozen=True)
class Settings:
    """A settings file, read and checked.

    Attributes
    ----------
    params : Params
        What it says.
    path, home, outputs, data : Path
        The file; the project's root (where `params/` lies); the outputs folder; the score sheets' folder.
    sha256 : str
        Hash of the file's bytes, and of the schools' workbook where it names one.
    schools_book : Path or None
        That workbook.
    """

    params: Params
    path: Path
    home: Path
    outputs: Path
    data: Path
    sha256: str
    schools_book: Path | None = None

    @property
    def warehouse(self) -> Path:
        return self.outputs / "warehouse" / self.params.city.code

    def results(self, exam: str) -> Path:
        return self.outputs / "results" / self.params.city.code / exam

    def notes(self, exam_id: str) -> list[Path]:
        """Files of the office's remarks on an exam, beside the settings."""
        return sorted((self.path.resolve().parent / "notes" / exam_id).glob("*.md"))

    def exam(self, exam_id: str) -> Exam:
        """The exam of that id; UnknownName if the calendar has none."""
        found = next((exam for exam in self.params.exams if exam.id == exam_id), None)
        if found is None:
            known = ", ".join(exam.id for exam in self.params.exams)
            raise UnknownName(f"No exam {exam_id} in {self.path.name}.", f"The calendar has: {known}.")
        return found

    def report_exam(self) -> Exam:
        """The exam reported by default: the one named, else the newest that has sheets and a graduating or any grade."""
        if self.params.report_exam:
            return self.exam(self.params.report_exam)
        with_sheets = [exam for exam in self.params.exams if exam.sheets]
        if not with_sheets:
            raise SettingsError(
                f"{self.path.name}: no exam has sheets.", "Add `sheets:` with a `path:` to at least one exam."
            )
        return max(with_sheets, key=lambda exam: (exam.date, exam.id))

    def chain(self, exam_id: str) -> list[Exam]:
        """The exam and its comparable exams of earlier cohorts that have sheets, oldest first: the order to build in."""
        found: list[Exam] = []
        exam: Exam | None = self.exam(exam_id)
        while exam is not None and exam not in found:
            found.append(exam)
            exam = self.exam(exam.previous) if exam.previous else None
        return [exam for exam in reversed(found) if exam.sheets]

    def rests_on(self, exam_id: str) -> set[str]:
        """Ids of the exams whose marks the exam's results rest on: its chain and their baselines."""
        links = [*self.chain(exam_id), self.exam(exam_id)]
        return {exam.id for exam in links} | {base for exam in links for base in exam.baselines}


def home_of(path: Path) -> Path:
    """The project's root for a settings file: the parent of its `params` folder, else its own folder."""
    folder = path.resolve().parent
    return folder.parent if folder.name == "params" else folder


def outputs_of(home: Path, outputs: Path | None = None) -> Path:
    """Where everything generated goes: the argument, else the environment, else `outputs/` of the project."""
    return (outputs or Path(os.environ.get(OUTPUTS_VARIABLE, "") or home / "outputs")).resolve()


def load(path: str | Path, outputs: Path | None = None) -> Settings:
    """Read and check a settings file.

    Raises
    ------
    SettingsError
        Missing, unreadable, or wrong; every fault is in the message, each with key path and line.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise SettingsError(
            f"Cannot read the settings {path}: {fault.strerror}.",
            "Check the path, or make one: quality new DIR SHEETS",
        ) from None
    params, book = _parsed(content, path.name, path.resolve().parent)
    home = home_of(path)
    where = outputs_of(home, outputs)
    data = (
        where / "demo" if params.data.startswith("demo:") else (path.resolve().parent / params.data).resolve()
    )
    sha256 = hashlib.sha256(content + (book.sha256.encode() if book else b"")).hexdigest()
    return Settings(params, path, home, where, data, sha256, book.path if book else None)


def parse(content: bytes, name: str, folder: Path = Path()) -> Params:
    """`Params` from YAML bytes, and from the schools' workbook in `folder` if they name one; SettingsError lists all
    faults.
    """
    return _parsed(content, name, folder)[0]


def _parsed(content: bytes, name: str, folder: Path) -> tuple[Params, schoolbook.Book | None]:
    tree, root = _tree(content, name)
    book = schoolbook.read(folder / tree["schools"]) if isinstance(tree.get("schools"), str) else None
    found = [f"line {line}: {key} is given twice" for key, line in _repeated_keys(root)]
    if book:
        found += book.faults
        tree["schools"] = [] if book.faults else book.entries
    try:
        params = Params.model_validate(tree)
    except ValidationError as faults:
        found += [_in_words(fault, root, book) for fault in faults.errors()]
    if found:
        listing = "\n".join(f"  {fault}" for fault in found)
        raise SettingsError(
            f"{name} has {len(found)} fault(s):\n{listing}", "docs/settings.md explains every key."
        )
    return params, book


def _tree(content: bytes, name: str) -> tuple[dict[str, Any], yaml.Node]:
    """The YAML as values, and as nodes that know their lines."""
    try:
        text = content.decode("utf-8-sig")
        loader = _Loader(text)
        root = loader.get_single_node()
        tree = loader.construct_document(root) if root is not None else None
    except UnicodeDecodeError:
        raise SettingsError(f"{name} is not UTF-8.", "Save it as UTF-8 in your editor.") from None
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise SettingsError(
            f"{name}{line}: {getattr(fault, 'problem', None) or fault}.", "Mend the YAML there."
        ) from None
    if not isinstance(tree, dict) or root is None:
        raise SettingsError(
            f"{name} holds no settings.", "It must be a YAML mapping with `city:` and `exams:`."
        )
    return tree, root


def _repeated_keys(node: yaml.Node) -> Iterator[tuple[str, int]]:
    """Keys given twice in one mapping: YAML would silently keep the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key.value, key.start_mark.line + 1
                seen.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _repeated_keys(child)


def _in_words(fault: Any, root: yaml.Node, book: schoolbook.Book | None = None) -> str:
    """One fault as `line 12: schools.3.code: …`, in the workbook with its cell; an unquoted code is told to get its
    quotes.
    """
    path = (*fault["loc"], *fault.get("ctx", {}).get("path", ()))
    where = ".".join(str(part) for part in path) or "settings"
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "string_type" and isinstance(fault["input"], int | float):
        message = (
            f"{fault['input']!r} is a number here: put it in quotes (YAML reads an unquoted 0701 as 449)"
        )
    elif fault["type"] == "extra_forbidden":
        message = "no such setting"
    if book and path[0] == "schools" and len(path) > 1:
        return f"{book.place(int(path[1]), *map(str, path[2:3]))}: {message}"
    return f"line {_line(root, path)}: {where}: {message}"


def _line(node: yaml.Node, path: tuple[int | str, ...]) -> int:
    """Line of the deepest node on the path that exists."""
    line = node.start_mark.line + 1
    for part in path:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value == str(part):
                    child, line = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            child = node.value[part]
            line = child.start_mark.line + 1
        if child is None:
            break
        node = child
    return line


def data_file(home: Path, name: str) -> dict[str, Any]:
    """A YAML file of `params/`: the project's own, else the one that comes with this program."""
    for folder in (home / "params", Path(__file__).resolve().parents[2] / "params"):
        if (folder / name).is_file():
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml: ten times faster
            content: dict[str, Any] = yaml.load((folder / name).read_text(encoding="utf-8"), Loader=loader)
            return content
    raise SettingsError(f"There is no params/{name}.", "It comes with the program; put it back.")


RULE_SETS = ("none", "cn-2021", "cn-2025")
"""Policy rule sets, oldest first; the exam's date chooses."""


def rule_set(settings: Settings, exam: Exam) -> dict[str, Any] | None:
    """The rules of the exam's day; None where the city is not under these rules."""
    if settings.params.policy == "none":
        return None
    for name in reversed(RULE_SETS):
        rules = data_file(settings.home, f"policy/{name}.yaml")
        if rules["from"] is None or exam.date >= rules["from"]:
            return rules
    return None
