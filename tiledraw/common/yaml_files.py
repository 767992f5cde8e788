"""YAML, read strictly: the one reader of whatever people write in YAML, and of what comes along.

A key that stands twice in one place is refused, where plain YAML keeps the last in silence; so are aliases that make a
text longer than any memory, or that hold themselves. Numbers are those of YAML 1.2: 1e-4 is one.
Knows YAML. Knows nothing about what a text says.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from tiledraw.common.checks import shorten

MOST_VALUES = 1_000_000  # that aliases may unfold to
MOST_LETTERS = 4_000_000  # of a text

# Timestamps are texts, as in YAML 1.2.
_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|\.(?:inf|Inf|INF))$|\.(?:nan|NaN|NAN)$"
)
_REPLACED = ("tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp")


class YamlError(ValueError):
    """A text is no YAML, or not to be trusted; one sentence that names the line."""


class _Strict:
    """Refuses keys that stand twice, and aliases beyond measure."""

    def get_single_data(self) -> Any:
        node = self.get_single_node()
        if node is None:
            return None
        _unfolded(node, {})
        return self.construct_document(node)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        lines: dict[str, int] = {}
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            value, line = self.construct_object(key, deep=True), key.start_mark.line + 1
            if value in lines:
                raise YamlError(f"line {line}: the key {shorten(str(value))} stands twice in one place")
            lines[value] = line
        return super().construct_mapping(node, deep)  # type: ignore[misc]


class _Plain(_Strict, yaml.SafeLoader):
    """Text, numbers, true and false, nothing; written in Python, so that what is nested too deeply is an error."""


class _Texts(_Strict, yaml.BaseLoader):
    """Every scalar stays the text that it is, so a subject may be called `no`."""


class _Quick(_Strict, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """For files of the package, which are long, and nested as they should be."""


for _loader in (_Plain, _Quick):
    _loader.yaml_implicit_resolvers = {
        letter: [(tag, pattern) for tag, pattern in resolvers if tag not in _REPLACED]
        for letter, resolvers in _loader.yaml_implicit_resolvers.items()
    }
    _loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


def _unfolded(node: yaml.Node, known: dict[yaml.Node, int | None]) -> int:
    """How many values stand in a node with its aliases written out."""
    if node in known:
        if (count := known[node]) is None:
            raise YamlError(f"line {node.start_mark.line + 1}: an alias stands in what it stands for")
        return count
    known[node] = None
    count = 1
    for child in node.value if isinstance(node, yaml.CollectionNode) else ():
        for one in child if isinstance(child, tuple) else (child,):
            count += _unfolded(one, known)
    if count > MOST_VALUES:
        raise YamlError(f"line {node.start_mark.line + 1}: aliases unfold to more than {MOST_VALUES:,} values")
    known[node] = count
    return count


def load_yaml(text: str, texts: bool = False) -> Any:
    """What a text of YAML holds.

    Args:
        text: By anybody.
        texts: Whether every scalar stays text.

    Raises:
        YamlError: it is no YAML, holds a key twice in one place, or is far too long or deep.
    """
    if len(text) > MOST_LETTERS:
        raise YamlError(f"it is longer than {MOST_LETTERS:,} letters")
    try:
        return yaml.load(text, _Texts if texts else _Plain)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        what = getattr(error, "problem", None) or str(error)
        raise YamlError(where + " ".join(what.split())) from None
    except RecursionError:
        raise YamlError("it is nested too deeply") from None
    except (ValueError, OverflowError, IndexError, TypeError) as error:  # PyYAML lets some slip
        raise error if isinstance(error, YamlError) else YamlError(" ".join(str(error).split())) from None


def load_own_yaml(text: str) -> Any:
    """What a file of the package holds; quicker."""
    return yaml.load(text, _Quick)
