"""The terminal: no text commands it, in any encoding; streams that are closed or full lose no result in silence."""

import io
import os
import signal
import subprocess
import sys
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.common.terminal import LONGEST_LINE, Terminal, cut, printable

HARMLESS = "a 猫 🐈‍⬛ é\tb\n"


def command(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, closed=(), **environment):
    """Runs the program with some of its standard streams closed."""
    start = (
        f"import os, sys\nfor number in {list(closed)}: os.close(number)\n"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    return subprocess.run(
        [sys.executable, "-c", start, "-m", "tiledraw", *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        timeout=60,
    )


def test_what_is_harmless_stays():
    assert printable(HARMLESS) == HARMLESS


@given(st.text())
def test_what_is_printed_commands_nothing(text):
    shown = printable(text)
    assert all(letter in "\n\t" or (ord(letter) >= 0x20 and not 0x7F <= ord(letter) < 0xA0) for letter in shown)
    assert not set(shown) & set("\u202e\u2066\u2028\ufeff")
    shown.encode()  # holds no half of a character


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "gbk"])
@given(texts=st.lists(st.text()))
def test_a_stream_takes_any_text_in_any_encoding(encoding, texts):
    inner = io.TextIOWrapper(io.BytesIO(), encoding)
    terminal = Terminal(inner, "it", is_said=True)
    for text in texts:
        assert terminal.write(text) == len(text)
    terminal.flush()
    assert b"\x1b" not in inner.buffer.getvalue()


def test_a_bar_draws_itself_anew_and_a_name_does_not():
    inner = io.StringIO(newline="")
    Terminal(inner, "it", is_said=True).write("\r 3 of 7")
    Terminal(inner, "it", is_said=True).write("a\rb")
    assert inner.getvalue() == "\r 3 of 7a\\rb"


def test_only_lines_that_are_said_are_cut():
    for is_said, expected in ((True, LONGEST_LINE + 4), (False, 10**6)):
        inner = io.StringIO()
        terminal = Terminal(inner, "it", is_said)
        for part in ("x" * 1000, "x" * (10**6 - 1000), "\nshort\n"):
            terminal.write(part)
        long, short, _ = inner.getvalue().split("\n")
        assert (len(long), short) == (expected, "short")
    assert cut("ab" * 1000 + "end", 100).endswith("end") and len(cut("x" * 1000, 100)) == 100


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is full")
def test_a_result_that_is_lost_is_told_and_what_is_only_said_is_not():
    with open("/dev/full", "wb") as full:
        lost = command("configs", stdout=full)
        assert lost.returncode == 2
        assert lost.stderr == b"tiledraw: standard output can't be written to: No space left on device\n"
        assert command("configs", "painter", stderr=full).returncode == 0
        assert command("confgis", stderr=full).returncode == 2


def test_closed_streams():
    lost = command("configs", closed=[1])
    assert lost.returncode == 2 and lost.stderr == b"tiledraw: standard output can't be written to: it is closed\n"
    assert command("configs", closed=[2]).returncode == 0
    assert command("confgis", closed=[0, 1, 2]).returncode == 2


@pytest.mark.parametrize("environment", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
def test_any_locale_takes_any_name(environment):
    said = command("描述", "--sizee", **environment).stderr
    assert said.count(b"\n") == 1 and b"--sizee" in said
    assert "太阳".encode() in command("subjects", LC_ALL="C").stdout


@pytest.mark.skipif(os.name == "nt", reason="no such signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_tidies_up(tmp_path, number, code):
    script = (
        "import sys, time; from tiledraw.cli import main as cli; from tiledraw.common.files import atomic_open\n"
        "def run(argv):\n"
        "    with atomic_open('a.png') as file:\n"
        "        file.write(b'half'); print('writes', flush=True); time.sleep(60)\n"
        "sys.modules['verb'] = module = type(sys)('verb'); module.run = run\n"
        "cli.VERBS['try'] = cli.Verb('verb:run', ''); sys.argv[1:] = ['try']; sys.exit(cli.main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        preexec_fn=partial(signal.signal, number, signal.SIG_DFL),  # tests in the background are started deaf to some
    )  # fmt: skip
    assert process.stdout.readline() == "writes\n"
    process.send_signal(number)
    _, said = process.communicate(timeout=50)  # less than it would sleep
    assert (process.returncode, said) == (code, "tiledraw: stopped\n")
    assert not list(tmp_path.iterdir())
