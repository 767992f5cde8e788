"""The model card: the README.md of a saved model, in the form that the hub reads. Knows nothing about training."""

from __future__ import annotations

from collections.abc import Sequence

from tiledraw.models.knowledge import Knowledge

SAMPLES = "samples.png"  # beside the card


def model_card(name: str, knowledge: Knowledge, base: str | None, data: str, prompts: Sequence[str] = ()) -> str:
    """The text of a card.

    Args:
        name: What the model is called.
        knowledge: What it has learned to draw.
        base: The model that the adapter changes; None for whole weights.
        data: What it was trained on.
        prompts: Of the rows of the sample sheet `samples.png`; none: there is no sheet.
    """
    head = ["---", f"library_name: {'peft' if base else 'transformers'}", "pipeline_tag: text-generation"]
    if base and base.count("/") == 1:  # a hub name, not a path of this machine
        head.append(f"base_model: {base}")
    head += [f"tags: [tiledraw{', lora' if base else ''}]", "---"]
    kind = f"An adapter on {base.rpartition('/')[2]}" if base else "A causal language model"
    known = ", ".join(knowledge.subjects) or "what its data shows"
    lines = [
        f"# {name}",
        "",
        f"{kind} that thinks about a grayscale picture in text and draws it pixel by pixel "
        f"({knowledge.steps:,} training steps on {data}).",
        "",
        f"- Draws: {' and '.join(knowledge.formats)} pictures in {knowledge.grays} gray levels; subjects: {known}.",
        f'- Use: `tiledraw generate "..." --model {name} -o picture.png`',
    ]
    if base:
        lines.append(f"- As a plain transformers checkpoint: `tiledraw merge {name} merged/`")
    if prompts:
        rows = [f"{number}. {prompt}" for number, prompt in enumerate(prompts, 1)]
        lines += ["", f"Samples, level beside level, one row each prompt, none chosen: `{SAMPLES}`", ""]
        lines += [f"![samples]({SAMPLES})", "", *rows]
    return "\n".join([*head, *lines]) + "\n"
