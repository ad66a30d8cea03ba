"""`import striate` is quick, and its verbs are functions whatever was imported before."""

import inspect
import subprocess
import sys

import striate


def test_every_name_is_there() -> None:
    for name in striate.__all__:
        assert getattr(striate, name) is not None
    assert set(striate.__all__) <= set(dir(striate))


def test_verbs_stay_functions_when_their_packages_are_imported() -> None:
    code = (
        "import striate, striate.train.run, striate.evaluate.judge, striate.explain.trace, striate.predict, inspect;"
        "verbs = [striate.train, striate.evaluate, striate.explain, striate.predict, striate.load, striate.open_data];"
        "assert all(inspect.isfunction(verb) for verb in verbs), verbs"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
    assert inspect.isfunction(striate.train)


def test_import_loads_no_torch() -> None:
    code = "import striate, sys; assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_loads_no_torch() -> None:
    code = (
        "import sys; sys.argv = ['striate', '--help']; from striate import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
