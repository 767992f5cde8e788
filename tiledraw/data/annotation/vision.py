"""Vision: who looks at a picture and answers a question about it, an endpoint or a local vision-language model.

Both are a `Vision`; endpoints have a file of their own. Knows transformers. Knows nothing about what is asked, nor what
becomes of an answer.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from tiledraw.common.checks import shorten
from tiledraw.common.extras import is_installed, needs
from tiledraw.models.asking import Budget, DownError, UnansweredError, Writing, one_line
from tiledraw.models.knowledge import reason_of
from tiledraw.models.safety import NO_CODE, SAFE_WEIGHTS, check_weights


class Vision(Protocol):
    """Answers questions about pictures.

    Attributes:
        name: Of the model.
    """

    name: str

    def ask(self, image: Image.Image, question: str, schema: Mapping[str, Any] | None = None) -> str:
        """The answer, as it came; in JSON of a schema, if one is given and whoever is asked can be held to it. May be
        called from several threads.

        Raises:
            UnansweredError: this question got no answer.
            DownError: no question will get one.
        """

    def stop(self, at_once: bool = False) -> None:
        """Whoever waits gives up with a UnansweredError; what is under way comes to its end, or is given up `at_once`,
        too. May be called from any thread."""


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
            DownError: it can't be loaded.
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
            raise DownError(
                f"the vision-language model {shorten(name, 80)} can't be loaded: {one_line(reason_of(error))}"
                f"{'' if is_installed('torchvision') else hint}"
            ) from None
        return cls(model, processor, name, writing, budget)

    def stop(self, at_once: bool = False) -> None:
        self._stopped.set()

    def ask(self, image: Image.Image, question: str, schema: Mapping[str, Any] | None = None) -> str:
        with needs("annotate-local"):
            import torch

        content = [{"type": "image", "image": image.convert("RGB")}, {"type": "text", "text": question}]
        how: dict[str, Any] = {"max_new_tokens": self.writing.max_tokens, "do_sample": self.writing.temperature > 0}
        if how["do_sample"]:
            how["temperature"] = self.writing.temperature
        with self._lock, torch.inference_mode():
            if self._stopped.is_set():
                raise UnansweredError("the question was not asked: stopped before")
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
                raise UnansweredError("the picture needs more memory than there is; show a smaller one") from None
            self.budget.add(len(ids))
        if self._stopped.is_set():
            raise UnansweredError("the answer broke off: stopped")
        return self.processor.decode(ids[inputs["input_ids"].shape[1] :], skip_special_tokens=True)

    def _is_stopped(self, ids: Any, scores: Any, **_: Any) -> Any:
        """Ends the writing of every row (a stopping criterion of transformers)."""
        import torch

        return torch.full((len(ids),), self._stopped.is_set(), device=ids.device)
