"""The command `tiledraw`: finds the verb, runs it, and turns a user's mistake into one sentence and exit code 2.

Imports a verb only when it is chosen, so that `tiledraw --help` answers at once. Knows nothing about a verb's options.
"""

from __future__ import annotations

import difflib
import importlib
import itertools
import os
import sys
import traceback
from typing import NamedTuple

from tiledraw.cli.errors import sentence_of
from tiledraw.common.extras import MissingExtraError
from tiledraw.common.terminal import cut, guarded, keep_descriptors, leave, stop_tidily
from tiledraw.common.version import VERSION

LONGEST = 1000  # characters of a sentence that says what is wrong


class Verb(NamedTuple):
    function: str  # "module:function"; the function takes the arguments after the verb and returns the exit code
    summary: str


VERBS = {
    "generate": Verb("tiledraw.cli.generate:run", "draw a picture from a sentence"),
    "edit": Verb("tiledraw.cli.edit:run", "change the plan of a picture, and draw anew what that touches"),
    "extend": Verb("tiledraw.cli.extend:run", "give a picture more room, and draw on"),
    "enlarge": Verb("tiledraw.cli.enlarge:run", "make a picture 2, 4, 8, ... times larger"),
    "describe": Verb("tiledraw.cli.describe:run", "say what a picture shows, as a plan and in a sentence"),
    "subjects": Verb("tiledraw.cli.subjects:run", "list what the model can draw, in both languages"),
    "serve": Verb("tiledraw.cli.serve:run", "serve a page that draws, and OpenAI's images interface"),
    "compare": Verb("tiledraw.cli.compare:run", "measure flat against tiled pictures, and write a report"),
    "evaluate": Verb("tiledraw.cli.evaluate:run", "measure a model on labelled or captioned pictures"),
    "train": Verb("tiledraw.cli.train:run", "train a model from a configuration file"),
    "merge": Verb("tiledraw.cli.merge:run", "make a plain checkpoint of an adapter and its base"),
    "configs": Verb("tiledraw.cli.configs:run", "list the shipped configurations, or print one"),
    "data build": Verb("tiledraw.cli.data:build", "make training documents of pictures"),
    "data show": Verb("tiledraw.cli.data:show", "print training documents, segments and loss mask coloured"),
    "data annotate": Verb("tiledraw.cli.annotate:run", "let a vision-language model say what pictures show, and where"),
}


GROUPS = {name.split()[0] for name in VERBS if " " in name}


def main(argv: list[str] | None = None) -> int:
    """Runs the command and returns its exit code. Of a process of its own (None) it takes the arguments, and has
    signals end it tidily."""
    if argv is None:
        argv = sys.argv[1:]
        keep_descriptors()
        stop_tidily()
    with guarded():
        try:
            code = _dispatch(argv)
            sys.stdout.flush()
            return code
        except KeyboardInterrupt as error:
            return _fail("stopped", getattr(error, "code", 130))
        except BrokenPipeError:  # the reader went away, such as `head`: no more output, also none at exit
            leave(sys.stdout)
            return 141
        except MemoryError:
            return _fail("there is not enough memory for that", 2)
        except (ValueError, OSError, MissingExtraError) as error:
            return _fail(cut(sentence_of(error), LONGEST), 2)


def _dispatch(argv: list[str]) -> int:
    match argv:
        case [] | ["-h" | "--help" | "help", *_]:
            print(_help())
            return 0
        case ["--version", *_]:
            print(f"tiledraw {VERSION}")
            return 0
    for words in (2, 1):
        if verb := VERBS.get(" ".join(argv[:words])):
            module, function = verb.function.split(":")
            return getattr(importlib.import_module(module), function)(argv[words:])
    if argv[0] in GROUPS and argv[1:2] in (["-h"], ["--help"]):
        print(_help(argv[0]))
        return 0
    if _is_prompt(argv[0]):
        return _dispatch(["generate", *argv])
    raise ValueError(_unknown(argv))


def _is_prompt(word: str) -> bool:
    """Whether this is a sentence rather than a mistyped verb: several words, letters that no verb has, or none."""
    return not word.startswith("-") and (
        len(word.split()) != 1 or not word.isascii() or not any(map(str.isalpha, word))
    )


def _help(group: str = "") -> str:
    """All verbs, or those of two words whose first one is `group`."""
    shown = {name: verb for name, verb in VERBS.items() if not group or name.split()[0] == group}
    width = max(map(len, shown))
    verbs = "\n".join(f"  {name:{width}}  {verb.summary}" for name, verb in shown.items())
    if group:
        return f"usage: tiledraw {group} VERB [OPTION ...]\n\nverbs:\n{verbs}"
    return (
        "usage: tiledraw VERB [OPTION ...]\n"
        '       tiledraw "a cat in the bottom-left corner" -o cat.png    (the verb is then generate)\n\n'
        "A language model thinks about a picture, then draws it, tile by tile.\n\n"
        f"verbs:\n{verbs}\n\n"
        "`tiledraw VERB --help` lists the options of a verb; `tiledraw --version` prints the version.\n"
        "TILEDRAW_DEBUG=1 shows where in the code an error arose."
    )


def _unknown(argv: list[str]) -> str:
    word = argv[0]
    if word.startswith("-"):
        return f"the verb comes before the option {word}: tiledraw VERB {word} (tiledraw --help lists the verbs)"
    if parts := [name for name in VERBS if name.split()[0] == word]:
        return f"{word!r} needs another word: {', '.join(parts)}"
    if near := difflib.get_close_matches(" ".join(argv[:2]), VERBS, 1) or difflib.get_close_matches(word, VERBS, 1):
        return f"{word!r} is no verb; did you mean {near[0]!r}?"
    words = list(itertools.takewhile(lambda each: not each.startswith("-"), argv))
    draw = f"tiledraw generate {word} draws it"
    if words[1:]:
        draw = f'put a sentence in quotes: tiledraw "{" ".join(words)}"'
    return f"{word!r} is no verb; {draw} (tiledraw --help lists the verbs)"


def _fail(sentence: str, code: int) -> int:
    from tiledraw.common.redaction import hide_passwords

    if os.environ.get("TILEDRAW_DEBUG") == "1":
        print(hide_passwords(traceback.format_exc()), end="", file=sys.stderr)
    print(f"tiledraw: {hide_passwords(sentence)}", file=sys.stderr)
    return code
