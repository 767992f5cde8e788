"""Vision: who looks at a picture and answers a question about it, an endpoint or a local vision-language model.

Both are a `Vision`; endpoints have a file of their own. Knows transformers. Knows nothing about what is asked, nor what
becomes of an answer.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from tiledraw.common.checks import check_temperature, shorten
from tiledraw.common.extras import is_installed, needs
from tiledraw.models.knowledge import reason_of
from tiledraw.models.safety import NO_CODE, SAFE_WEIGHTS, check_weights


class VisionError(ValueError):
    """A question got no answer; another one may get one."""


class VisionDownError(ValueError):
    """No question gets an answer until a person changes something: an address, a key, a model, a budget."""


class Vision(Protocol):
    """Answers questions about pictures.

    Attributes:
        name: Of the model.
    """

    name: str

    def ask(self, image: Image.Image, question: str) -> str:
        """The answer, as it came. May be called from several threads.

        Raises:
            VisionError: this question got no answer.
            VisionDownError: no question will get one.
        """

    def stop(self) -> None:
        """Whoever waits gives up with a VisionError; may be called from any thread."""


class Budget:
    """Counts requests and tokens of all threads, and says when they are spent.

    With several questions under way, tokens end up above the limit by what these take.

    Args:
        requests: Most requests, tries that failed included; None is without limit.
        tokens: Most tokens, read and written; None is without limit.
    """

    def __init__(self, requests: int | None = None, tokens: int | None = None) -> None:
        for name, limit in (("requests", requests), ("tokens", tokens)):
            if limit is not None and limit < 1:
                raise ValueError(f"a budget of {limit} {name} asks nothing; give at least 1, or none for no limit")
        self._limits = {"requests": requests, "tokens": tokens}
        self.spent = {"requests": 0, "tokens": 0}
        self._lock = threading.Lock()

    def take_request(self) -> None:
        """Counts a request that is about to be made. Raises VisionDownError if the budget is spent."""
        with self._lock:
            for name, limit in self._limits.items():
                if limit is not None and self.spent[name] >= limit:
                    raise VisionDownError(f"the budget of {limit:,} {name} is spent; run it again to go on")
            self.spent["requests"] += 1

    def add_tokens(self, tokens: int) -> None:
        with self._lock:
            self.spent["tokens"] += tokens


@dataclass(frozen=True)
class Writing:
    """How a model writes its answers.

    Attributes:
        max_tokens: Most tokens of an answer.
        temperature: 0 always takes the likeliest token.

    Raises:
        ValueError: any of them out of its range.
    """

    max_tokens: int = 1024
    temperature: float = 0.2

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens {self.max_tokens} is out of range; an answer has at least 1")
        check_temperature(self.temperature)


def one_line(text: str) -> str:
    """What someone else says, for a message: in one line, and cut."""
    text = " ".join(text.encode("utf-8", "replace").decode().split())
    return text if len(text) <= 200 else text[:200] + "…"


# A local model -------------------------------------------------------------------------------------------------------


class LocalModel:
    """A vision-language model of transformers in this process; one question at a time.

    Args:
        model: Of the class `AutoModelForImageTextToText`.
        processor: Its processor, with a chat template.
        name: Of the model.
    """

    def __init__(
        self, model: Any, processor: Any, name: str, writing: Writing | None = None, budget: Budget | None = None
    ) -> None:
        self.model, self.processor, self.name = model.eval(), processor, name
        self.writing, self.budget = writing or Writing(), budget or Budget()
        self._stopped = threading.Event()
        self._lock = threading.Lock()

    @classmethod
    def load(cls, name: str, writing: Writing | None = None, budget: Budget | None = None) -> LocalModel:
        """Loads a folder or a hub name onto the processors that are there.

        Raises:
            VisionDownError: it can't be loaded.
        """
        with needs("annotate-local"):
            from transformers import AutoModelForImageTextToText, AutoProcessor

        try:
            if Path(name).is_dir():
                check_weights(Path(name))
            processor = AutoProcessor.from_pretrained(name, **NO_CODE)
            model = AutoModelForImageTextToText.from_pretrained(name, dtype="auto", device_map="auto", **SAFE_WEIGHTS)
        except (OSError, ValueError, ImportError, KeyError, AttributeError, RuntimeError) as error:
            hint = "; most need torchvision: pip install 'tiledraw[annotate-local]'"
            raise VisionDownError(
                f"the vision-language model {shorten(name, 80)} can't be loaded: {one_line(reason_of(error))}"
                f"{'' if is_installed('torchvision') else hint}"
            ) from None
        return cls(model, processor, name, writing, budget)

    def stop(self) -> None:
        self._stopped.set()

    def ask(self, image: Image.Image, question: str) -> str:
        with needs("annotate-local"):
            import torch

        content = [{"type": "image", "image": image.convert("RGB")}, {"type": "text", "text": question}]
        how: dict[str, Any] = {"max_new_tokens": self.writing.max_tokens, "do_sample": self.writing.temperature > 0}
        if how["do_sample"]:
            how["temperature"] = self.writing.temperature
        with self._lock, torch.inference_mode():
            if self._stopped.is_set():
                raise VisionError("the question was not asked: stopped before")
            self.budget.take_request()
            inputs = self.processor.apply_chat_template(
                [{"role": "user", "content": content}],
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
            ).to(self.model.device)
            try:
                ids = self.model.generate(**inputs, **how, stopping_criteria=[self._is_stopped])[0]
            except torch.OutOfMemoryError:
                raise VisionError("the picture needs more memory than there is; show a smaller one") from None
            self.budget.add_tokens(len(ids))
        if self._stopped.is_set():
            raise VisionError("the answer broke off: stopped")
        return self.processor.decode(ids[inputs["input_ids"].shape[1] :], skip_special_tokens=True)

    def _is_stopped(self, ids: Any, scores: Any, **_: Any) -> Any:
        """Ends the writing of every row (a stopping criterion of transformers)."""
        import torch

        return torch.full((len(ids),), self._stopped.is_set(), device=ids.device)
