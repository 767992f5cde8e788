"""Documentation: what READMEs and scripts tell people to type exists, and what they link to is there."""

import contextlib
import importlib
import io
import re
import shlex
from dataclasses import fields
from functools import cache
from itertools import groupby, pairwise, takewhile
from pathlib import Path

import pytest

from tiledraw.cli import main as cli
from tiledraw.data.layers import LayerConfig

ROOT = Path(__file__).parents[1]
READMES = sorted([ROOT / "README.md", *(ROOT / "tiledraw").rglob("README.md")])
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in READMES}
PROSE = [path for glob in ("tiledraw/**/*.py", "scripts/*.py", "configs/*.yaml") for path in sorted(ROOT.glob(glob))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def inline(text: str) -> list[str]:
    """What stands between backticks, each on one line."""
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", BLOCK.sub("", text))]


def commands(text: str) -> list[list[str]]:
    """The words of every command in blocks of sh and between backticks; without what follows an arrow into a file."""
    lines = "\n".join(body.replace("\\\n", "") for kind, body in BLOCK.findall(text) if kind == "sh").split("\n")
    lines += [code for code in inline(text) if re.match(r"(tiledraw|python|accelerate|scripts/\w+) ", code)]
    found = []
    for line in lines:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        for end, words in groupby(lexer, lambda word: word in ("&&", ";", "|")):
            if not end:
                found.append(list(takewhile(lambda word: word not in "<>", words)))
    return found


def verb_and_rest(words: list[str]) -> tuple[str, list[str]] | None:
    """The verb that a command runs, and what it gives it; None for a command that is not tiledraw's."""
    if words[:1] == ["scripts/draw"]:
        return "generate", words[1:]
    if "tiledraw" not in words or not (words[0] == "tiledraw" or words[:2] == ["accelerate", "launch"]):
        return None
    rest = words[words.index("tiledraw") + 1 :]
    for count in (2, 1):
        if " ".join(rest[:count]) in cli.VERBS:
            return " ".join(rest[:count]), rest[count:]
    return "generate", rest  # the verb may be left out


@cache
def help_of(verb: str) -> set[str]:
    """The options that a verb's help lists."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        cli.main([*verb.split(), "--help"])
    return set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w.-]*", text.getvalue()))


def options(words: list[str]) -> list[str]:
    return [word.split("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)]


def test_the_readme_is_read_in_two_minutes():
    assert len((ROOT / "README.md").read_bytes()) <= 8000


@pytest.mark.parametrize("name", TEXTS)
def test_links_and_images_are_there(name):
    text = BLOCK.sub("", TEXTS[name])
    for target in LINK.findall(text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (ROOT / name).parent / path if path else ROOT / name
        assert linked.exists(), f"{name} links to {target}"
        if anchor:
            heads = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {head.lower().replace(" ", "-") for head in heads}, f"{name} links to {target}"


@pytest.mark.parametrize("name", TEXTS)
def test_files_that_are_named_are_there(name):
    """Names of code and configurations: from the README's own folder, from the package's, or from the top."""
    folders = [(ROOT / name).parent, ROOT / "tiledraw", ROOT]
    for path in re.findall(r"(?<![\w/.])[\w./-]+\.(?:py|yaml|csv|jsonl)(?![\w.])", TEXTS[name]):
        made = path in {"plan.yaml", "metrics.jsonl", "prompts.jsonl"} or path.startswith(("pictures/", "runs/"))
        written = Path(path).name in {"metadata.jsonl", "skipped.jsonl", "answers.jsonl", "problems.jsonl"}
        if not made and not written:
            assert any((folder / path).is_file() for folder in folders), f"{name} names {path}"


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_exists_with_its_options(name):
    for words in commands(TEXTS[name]):
        if run := verb_and_rest(words):
            verb, rest = run
            known = help_of(verb)
            assert rest[:1] == ["VERB"] or set(options(rest)) <= known | {"--help"}, f"{name}: {shlex.join(words)}"
        elif words[0] == "python":
            script = ROOT / words[1]
            assert script.is_file(), f"{name}: {shlex.join(words)}"
            for option in options(words[2:]):
                assert f'"{option}"' in script.read_text(encoding="utf-8"), f"{name}: {shlex.join(words)}"
        else:
            assert words[0] in ("pip", "ray") or "=" in words[0] or (ROOT / words[0]).is_file(), (
                f"{name}: {shlex.join(words)}"
            )


@pytest.mark.parametrize("name", TEXTS)
def test_every_option_and_key_that_is_named_exists(name):
    known = set().union(*map(help_of, cli.VERBS))
    scripts = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("scripts/*.py"))
    for code in inline(TEXTS[name]):
        if code.startswith("-"):
            for option in options(code.split()):
                assert option in known or f'"{option}"' in scripts, f"{name}: {code}"
        elif key := re.match(r"(mix|model|optimizer|adapter)\.(\w+)(?=:|$)", code):
            assert f"--{key[0]}" in known, f"{name}: {code}"
        elif key := re.match(r"layers\.(?!py$)(\w+)$", code):
            assert key[1] in {field.name for field in fields(LayerConfig)}, f"{name}: {code}"


@pytest.mark.parametrize("name", TEXTS)
def test_a_word_after_tiledraw_is_a_verb(name):
    """`tiledraw subject` would draw a subject, since the verb may be left out; a sentence stands in quotes."""
    for words in commands(TEXTS[name]):
        if words[0] == "tiledraw" and re.fullmatch("[a-z]+", words[1]):
            assert words[1] in {verb.split()[0] for verb in cli.VERBS}, f"{name}: {shlex.join(words)}"


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_verbs_that_code_and_configurations_speak_of_exist(path):
    for word in re.findall(r"`tiledraw ([a-z]+)", path.read_text(encoding="utf-8")):
        assert word in {verb.split()[0] for verb in cli.VERBS}, f"{path}: tiledraw {word}"


@pytest.mark.parametrize("path", sorted((ROOT / "scripts").glob("*.py")), ids=lambda path: path.name)
def test_options_in_the_docstring_of_a_script_exist(path):
    _, docstring, code = path.read_text(encoding="utf-8").split('"""', 2)
    for usage in re.findall(r"python scripts/(?:.|\n(?= {30,}))*", docstring):
        for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", usage):
            assert f'"{option}"' in code, f"{path.name} has no {option}"


@pytest.mark.parametrize("name", TEXTS)
def test_every_configuration_is_shipped(name):
    for words in commands(TEXTS[name]):
        for option, value in pairwise(words):
            if option in ("--config", "--config_file"):
                assert (ROOT / value).is_file() or (ROOT / "configs" / f"{value}.yaml").is_file(), f"{name}: {value}"


@pytest.mark.parametrize("name", TEXTS)
def test_every_extra_is_one_of_the_package(name):
    tomllib = pytest.importorskip("tomllib")  # from Python 3.11 on
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extras in re.findall(r"(?:'\.|tiledraw)\[([\w,-]+)\]", TEXTS[name]):
        assert set(extras.split(",")) <= set(project["optional-dependencies"]), f"{name}: {extras}"


@pytest.mark.parametrize("name", TEXTS)
def test_python_examples_use_what_is_there(name):
    for kind, body in BLOCK.findall(TEXTS[name]):
        if kind == "python":
            compile(body, name, "exec")
            for attribute in re.findall(r"\btiledraw\.(\w+)", body):
                assert hasattr(importlib.import_module("tiledraw"), attribute), f"{name}: tiledraw.{attribute}"
