"""The command: its table of verbs, its exit codes, and what it must not import."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tiledraw.cli import main as cli
from tiledraw.cli.options import UsageError, parse_options
from tiledraw.common.version import VERSION

ROOT = Path(__file__).parents[2]


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tiledraw", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


@pytest.fixture
def verb(monkeypatch):
    """Registers a function as the verb `try`."""

    def register(function):
        module = type(sys)("tiledraw_test_verb")
        module.run = function
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(cli.VERBS, "try", cli.Verb(f"{module.__name__}:run", "a verb of this test"))

    return register


def raises(error: BaseException):
    def run(argv: list[str]) -> int:
        raise error

    return run


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(option):
    code = (
        "import json, sys; from tiledraw.cli.main import main; code = main(sys.argv[1:]); "
        "print(json.dumps([code, sorted({name.partition('.')[0] for name in sys.modules})]))"
    )
    answer = subprocess.run([sys.executable, "-c", code, option], cwd=ROOT, capture_output=True, text=True, check=True)
    exit_code, modules = json.loads(answer.stdout.splitlines()[-1])
    assert exit_code == 0
    assert not {"torch", "transformers", "numpy", "PIL", "jsonargparse", "yaml"} & set(modules)


def test_help_lists_every_verb(capsys):
    assert cli.main(["--help"]) == cli.main([]) == 0
    text = capsys.readouterr().out
    for name, verb in cli.VERBS.items():
        assert f"  {name}" in text
        assert verb.summary in text


@pytest.mark.parametrize("name", cli.VERBS)
def test_every_verb_of_the_table_exists(name):
    module, _ = cli.VERBS[name].function.split(":")
    path = ROOT / (module.replace(".", "/") + ".py")
    if not path.exists():
        pytest.skip(f"{path.name} is not written yet")
    assert cli.main([*name.split(), "--sizee", "3"]) == 2


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"tiledraw {VERSION}\n"


def test_the_help_of_a_group_lists_its_verbs(capsys):
    assert cli.main(["data", "--help"]) == 0
    out = capsys.readouterr().out
    assert "data build" in out and "data annotate" in out and "compare" not in out


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["genrate", "cat"], "'genrate' is no verb; did you mean 'generate'?"),
        (["qqq"], "'qqq' is no verb; tiledraw generate qqq draws it (tiledraw --help lists the verbs)"),
        (["a", "cat", "on", "it", "-o", "x.png"], "'a' is no verb; put a sentence in quotes: tiledraw \"a cat on it\""),
        ([""], "the prompt is empty"),
        (["data"], "'data' needs another word: data build, data show, data annotate"),
        (["-o", "x.png"], "the verb comes before the option -o"),
    ],
)
def test_unknown_verbs(argv, sentence, capsys):
    assert cli.main(argv) == 2
    assert sentence in capsys.readouterr().err


def test_a_verb_gets_its_arguments_and_gives_the_exit_code(verb):
    seen = []
    verb(lambda argv: seen.append(argv) or 7)
    assert cli.main(["try", "-a", "try"]) == 7
    assert seen == [["-a", "try"]]


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (ValueError("the size\n  is wrong"), 2, "the size is wrong"),
        (ValueError(), 2, "ValueError"),
        (FileNotFoundError(2, "No such file or directory", "cat.png"), 2, "cat.png: No such file or directory"),
        (PermissionError("the folder x may not be written to"), 2, "the folder x may not be written to"),
        (IsADirectoryError(21, "Is a directory"), 2, "Is a directory"),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
)
def test_a_mistake_is_one_sentence(verb, capsys, monkeypatch, error, code, sentence):
    monkeypatch.delenv("TILEDRAW_DEBUG", raising=False)
    verb(raises(error))
    assert cli.main(["try"]) == code
    assert capsys.readouterr().err == f"tiledraw: {sentence}\n"


def test_debug_shows_the_traceback(verb, capsys, monkeypatch):
    monkeypatch.setenv("TILEDRAW_DEBUG", "1")
    verb(raises(ValueError("wrong")))
    assert cli.main(["try"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_a_bug_is_not_hidden(verb):
    verb(raises(KeyError("bug")))
    with pytest.raises(KeyError):
        cli.main(["try"])


def test_a_reader_that_goes_away_is_no_error():
    code = (
        "import sys; from tiledraw.cli import main as cli\n"
        "def run(argv):\n    for _ in range(100000): print('line')\n    return 0\n"
        "sys.modules['verb'] = module = type(sys)('verb'); module.run = run\n"
        "cli.VERBS['try'] = cli.Verb('verb:run', '')\nsys.exit(cli.main(['try']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 141


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "give a prompt, such as 'a cat', or --prompts with a file of them, or --plan"),
        ([""], "the prompt is empty"),
        (["x" * 100_000], "the prompt has 100,000 characters"),
        (["cat", "-o", "{folder}"], "is a folder, not a file"),
        (["cat", "-o", "{folder}/none/cat.png"], "does not exist"),
        (["cat", "-o", "{folder}/cat.xyz"], "does not end like a picture file"),
        (["cat", "-o", "-", "-n", "2"], "only one picture fits on standard output"),
        (["cat", "-n", "0"], "-n 0 is out of range"),
        (["cat", "-n", "x"], "count 'x' is not of type int"),
        (["cat", "--size", "0"], "size '0' leaves nothing to draw"),
        (["cat", "--size", "-1"], "size '-1' is negative"),
        (["cat", "--size", "1000000x1000000"], "would need 1 TB of memory"),
        (["cat", "--seed", "-1"], "seed -1 is out of range"),
        (["cat", "--seed", str(2**64)], f"seed {2**64} is out of range"),
        (["cat", "--temperature", "-0.5"], "temperature -0.5 is out of range"),
        (["cat", "--temperature", "nan"], "temperature 'nan'"),
        (["cat", "--temperature", "inf"], "temperature 'inf'"),
        (["cat", "--planner", "nobody"], "planner 'nobody' is none of 'model', 'rules'"),
        (["cat", "--sizee", "32"], "unrecognized arguments: --sizee 32"),
        (["cat", "--plan", "{folder}/none.yaml", "-o", "{folder}/cat.png"], "none.yaml: No such file or directory"),
        (["cat", "--trace", "{folder}/a/b", "-o", "{folder}/cat.png"], "does not exist"),
        (["cat", "--config", "{folder}"], "is neither a file nor a shipped configuration"),
    ],
)
def test_generate_refuses_bad_input_before_a_model_loads(arguments, sentence, tmp_path, capsys):
    arguments = [argument.format(folder=tmp_path) for argument in arguments]
    assert cli.main(["generate", *arguments]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.startswith("tiledraw: ")
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_generate_names_the_plan_file_that_is_wrong(tmp_path, capsys):
    plan = tmp_path / "plan.yaml"
    plan.write_text("backgroud: light\n")
    assert cli.main(["generate", "cat", "--plan", str(plan), "-o", str(tmp_path / "cat.png")]) == 2
    assert f"{plan}: the plan has the unknown key 'backgroud'" in capsys.readouterr().err


def test_generate_refuses_a_prompt_that_is_not_text(tmp_path, capsys):
    assert cli.main(["generate", "a\udcffb"]) == 2
    assert "not text in UTF-8" in capsys.readouterr().err
    config = tmp_path / "config.yaml"
    config.write_text('prompt: "a\\0b"\n')
    assert cli.main(["generate", "--config", str(config)]) == 2
    assert "U+0000" in capsys.readouterr().err


def test_generate_names_several_pictures(tmp_path):
    from tiledraw.cli.generate_options import Options
    from tiledraw.cli.targets import few_targets

    folder = tmp_path / "a.b"
    folder.mkdir()
    for count, names in ((1, ["cat.png"]), (2, ["cat-0.png", "cat-1.png"])):
        targets = few_targets(Options("cat", output=str(folder / "cat.png"), count=count))
        assert [target.path for target in targets] == [folder / name for name in names]


def test_generate_sizes():
    from tiledraw.cli.generate_options import Options

    assert Options("cat").canvas == (256, 256)
    assert Options("cat", flat=True).canvas == (32, 32)
    assert Options("cat", flat=True, size="128x64").canvas == (128, 64)
    assert Options("cat", size=512).canvas == (512, 512)


def test_the_module_is_the_command():
    answer = command("generate", "", TILEDRAW_DEBUG="")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("tiledraw: the prompt is empty")


@dataclass(frozen=True)
class Rates:
    """Rates.

    Args:
        matrices: learning rate of matrices
    """

    matrices: float = 0.02
    rest: float = 3e-3


@dataclass(frozen=True)
class Nested:
    """Groups that must be given and tuples.

    Attributes:
        rates: learning rates
    """

    rates: Rates
    layers: tuple[int, ...] = (1, 4)
    more: Rates = Rates()


@dataclass(frozen=True)
class Example:
    """An example.

    Args:
        name: what it is called
    """

    name: str
    lr: float = 0.1
    dry_run: bool = False
    log: bool = True
    size: str | int | None = None
    rates: Rates = field(default_factory=Rates)

    def __post_init__(self) -> None:
        if self.lr < 0:
            raise ValueError("lr is negative")


def parse(tmp_path: Path, yaml: str, *arguments: str) -> Example:
    config = tmp_path / "config.yaml"
    config.write_text(yaml)
    return parse_options(Example, ["--config", str(config), *arguments], "example", short={"lr": "-l"})


def test_options_from_yaml_have_the_declared_types(tmp_path):
    options = parse(tmp_path, "name: 'a'\nlr: 1e-4\nsize: 256\nrates:\n  matrices: 2e-2\n  rest: 1\n")
    assert options == Example("a", lr=1e-4, size=256, rates=Rates(0.02, 1.0))
    assert isinstance(options.rates.rest, float)


def test_the_command_line_wins_over_yaml(tmp_path):
    options = parse(tmp_path, "name: a\nlr: 1e-4\nlog: true\n", "-l", "1e-3", "--dry-run", "--no-log", "--rates.rest=5")
    assert options == Example("a", lr=1e-3, dry_run=True, log=False, rates=Rates(rest=5.0))


@pytest.mark.parametrize("text", ["256", "0x10", "1e-4", "null", "[1,2]", "~", "{a: b}"])
def test_text_stays_text(text):
    assert parse_options(Example, [text], "example", positional=["name"]).name == text


@pytest.mark.parametrize(
    ("yaml", "sentence"),
    [
        ("name: a\nlrr: 1", "the key 'lrr' is unknown; did you mean lr?"),
        ("name: a\nrates: {matrix: 1}", "'matrix'|'rates.matrix'"),
        ("name: a\nlr: fast", "lr is 'fast'; it is a number"),
        ("name: a\nsize: 1.5", "size is 1.5; it is text or a whole number or nothing"),
        ("lr: 1", "name"),
        ("a: [", "config.yaml can't be read: line 1"),
        ("3", "holds no options by name"),
    ],
)
def test_bad_yaml_is_one_sentence(tmp_path, yaml, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        parse(tmp_path, yaml)
    assert "\n" not in str(error.value)


def test_what_the_dataclass_refuses_is_a_value_error(tmp_path):
    with pytest.raises(ValueError, match="lr is negative"):
        parse(tmp_path, "name: a\nlr: -1")


def test_nested_groups_and_tuples(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("rates:\n  rest: 1e-3\nlayers: [0, 2]\nmore:\n  matrices: 3\n")
    options = parse_options(Nested, ["--config", str(config), "--rates.rest", "2e-3"], "example")
    assert options == Nested(Rates(rest=2e-3), (0, 2), Rates(3.0))
    assert parse_options(Nested, [], "example") == Nested(Rates())


def test_a_value_that_must_be_given_is_named():
    with pytest.raises(UsageError, match="name"):
        parse_options(Example, [], "example")
