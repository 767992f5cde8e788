"""Options: turns a verb's dataclass into its command line and YAML keys. Knows nothing about any one verb."""

from __future__ import annotations

import dataclasses
import re
from argparse import SUPPRESS, ArgumentError
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import docstring_parser
from jsonargparse import ActionYesNo, ArgumentParser, Namespace

from tiledraw.cli.config_files import config_paths, configs_first, read_config, with_config_paths
from tiledraw.common.fields import check_argument, check_mapping
from tiledraw.common.yaml_files import YamlError, load_yaml

T = TypeVar("T")


class UsageError(ValueError):
    """The command line or a configuration file is not what the options say."""


def parse_options(
    options: type[T],
    argv: Sequence[str],
    verb: str,
    *,
    positional: Collection[str] = (),
    short: Mapping[str, str] | None = None,
) -> T:
    """Reads `argv` into the dataclass `options`.

    A bool gives `--name` and `--no-name`, a dataclass gives `--name.field`, any other field `--name`, with `-` for `_`.
    A field without default must be given. `--config FILE` reads YAML of the same names; the command line
    wins, wherever that stands; `--config NAME` takes a shipped one. The docstring of the class is the help.

    Args:
        positional: names of the fields that are given without `--name`.
        short: one-letter options by field name, such as `{"output": "-o"}`.

    Raises:
        UsageError: unknown, missing or malformed options or keys; one sentence.
        ValueError: what the dataclass itself refuses.
    """
    _check_written(options, argv)  # says in a sentence what is wrong, where jsonargparse needs ten
    parser = _parser(options, verb, positional, short or {})
    try:
        values = parser.parse_args(configs_first(with_config_paths(argv)))
    except ArgumentError as error:
        raise UsageError(f"{_sentence(str(error))} (see tiledraw {verb} --help)") from None
    return _made(options, values)


def _check_written(options: type, argv: Sequence[str]) -> None:
    """Checks what configuration files say, and what the command line says about keys of sections."""
    for path in config_paths(argv):
        content = read_config(path)
        try:
            check_mapping(content, options)
        except ValueError as error:
            raise UsageError(f"the configuration {path} can't be used: {error}") from None
    for place, argument in enumerate(argv):
        key, equals, text = argument.removeprefix("--").partition("=")
        if not equals:
            text = next(iter(argv[place + 1 : place + 2]), "")
        if argument.startswith("--") and key.replace(".", "").isidentifier() and not key.endswith(".help"):
            check_argument(key, _value(text), options)


def _value(text: str) -> Any:
    """What a text on the command line stands for."""
    try:
        return load_yaml(text)
    except YamlError:
        return text


def _made(kind: Any, value: Any) -> Any:
    """The dataclass of what was parsed, with those in it."""
    section = next((one for one in (kind, *get_args(kind)) if dataclasses.is_dataclass(one)), None)
    if section is None or not isinstance(value, Namespace):
        return value
    types = get_type_hints(section)
    return section(**{name: _made(types[name], value[name]) for name in types if name in value})


def _parser(options: type, verb: str, positional: Collection[str], short: Mapping[str, str]) -> ArgumentParser:
    documentation = docstring_parser.parse(options.__doc__ or "")
    helps = {entry.arg_name: entry.description for entry in documentation.params}
    types = get_type_hints(options)
    parser = ArgumentParser(
        prog=f"tiledraw {verb}",
        description=documentation.description,
        exit_on_error=False,
        allow_abbrev=False,
        print_config=None,
    )
    parser.add_argument(
        "--config",
        action="config",
        metavar="FILE",
        help="YAML file with options by name, or the name of a shipped one (tiledraw configs)",
    )
    for field in dataclasses.fields(options):
        name, kind, default = field.name, types[field.name], _default(field)
        flag = f"--{name.replace('_', '-')}"
        flags = [short[name], flag] if name in short else [flag]
        given = {"required": True} if default is dataclasses.MISSING else {"default": default}
        if name in positional:
            # suppressed, so that its absence does not undo what a configuration file says
            may_lack = {} if default is dataclasses.MISSING else {"nargs": "?", "default": SUPPRESS}
            parser.add_argument(name, type=kind, help=helps.get(name), **may_lack)
        elif dataclasses.is_dataclass(kind):
            group = None if default is dataclasses.MISSING else dataclasses.asdict(default)
            parser.add_class_arguments(kind, name, default=group)
        elif kind is bool:
            yes_no = ActionYesNo(yes_prefix="", no_prefix="no-")
            parser.add_argument(flag, action=yes_no, help=helps.get(name), **given)
        elif get_origin(kind) is list:  # several words after one option
            parser.add_argument(*flags, type=get_args(kind)[0], nargs="+", help=helps.get(name), **given)
        else:
            parser.add_argument(*flags, type=kind, help=helps.get(name), **given)
    return parser


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _sentence(message: str) -> str:
    """jsonargparse's message of several lines as one short one."""
    message = re.sub(r"<class '([\w.]+)'>", r"\1", " ".join(message.split()))
    message = message.replace("typing.", "").replace("NoneType", "null")
    if match := re.fullmatch(r'Parser key "(.+?)": Expected an? (.+?)\. Got value: (.*)', message):
        key, kind, value = match.groups()
        if kind.startswith("Literal["):
            return f"{key} {value!r} is none of {kind[8:-1]}"
        return f"{key} {value!r} is not of type {kind}"
    if match := re.fullmatch(r'Parser key "(.+?)": .*the following arguments are required: (\w+) .*', message):
        return f"{match[1]}.{match[2]} lacks"
    if match := re.fullmatch(r'Parser key "(.+?)": .*Subtypes: \[(.*?)\] Errors: .*Given value: (.*)', message):
        key, kinds, value = match.groups()
        return f"{key} {value!r} is none of the types {kinds}"
    return re.sub(r'^Parser key "(.+?)":', r"\1:", message)
