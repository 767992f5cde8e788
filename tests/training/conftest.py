"""What tests of training share: a trainer that draws no samples and that dies where it is told."""

import pytest


class Kill(BaseException):
    pass


@pytest.fixture(scope="session", autouse=True)
def memory_is_given_back():
    from tiledraw.training import session

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "keep_freed_memory", lambda: None)  # it would bind the whole test process
        yield


@pytest.fixture(scope="session")
def quiet_trainer():
    """A class of trainers that draw no samples, and that die, by the exception `Kill` of the class, before step
    `fatal`."""
    from tiledraw.training.loop import Trainer

    class QuietTrainer(Trainer):
        fatal = None

        def _evaluate(self, until):
            return True

        def _train_step(self):
            if self.step == self.fatal:
                raise Kill
            return super()._train_step()

    QuietTrainer.Kill = Kill
    return QuietTrainer
