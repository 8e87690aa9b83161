"""The import accident: a module that costs seconds in every process and that nobody needs."""

import subprocess
import sys


def loaded(before: str) -> str:
    """Which of the grammar's modules `import jsonschema` leaves loaded, in a new process."""
    code = f"{before}\nimport sys, jsonschema\nprint('lark' in sys.modules, sys.modules.get('rfc3987_syntax') is not None)"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_jsonschema_still_builds_the_grammar_at_import():
    assert loaded("") == "True True", (
        "jsonschema no longer does it: delete skip_slow_grammar() and its callers"
    )


def test_the_block_prevents_it():
    assert (
        loaded("from analysis.publish.imports import skip_slow_grammar; skip_slow_grammar()") == "False False"
    )


def test_a_notebook_is_still_validated_behind_the_block():
    code = (
        "from analysis.publish.imports import skip_slow_grammar; skip_slow_grammar()\n"
        "import nbformat\n"
        "try: nbformat.validate({'cells': [{'cell_type': 'x'}], 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 4})\n"
        "except nbformat.ValidationError: print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "refused"


def test_deciding_and_answering_import_nothing_heavy():
    code = (
        "import sys, analysis.publish.state, analysis.publish.files, analysis.publish.ledger\n"
        "heavy = {'pandas', 'numpy', 'papermill', 'nbformat', 'IPython', 'pydantic', 'yaml', 'jinja2', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
