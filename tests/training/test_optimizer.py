"""The optimizers: Muon is that of torch, whatever instructions a processor has."""

import pytest
import torch

from tiledraw.training.optimizer import Muon


def _trained(kind: type, shape: tuple[int, int]) -> tuple[torch.Tensor, dict]:
    torch.manual_seed(0)
    matrix = torch.nn.Parameter(torch.randn(shape))
    optimizer = kind([matrix], lr=0.02, weight_decay=0.01)
    for _ in range(3):
        matrix.grad = torch.randn(shape)
        optimizer.step()
    return matrix.detach(), optimizer.state_dict()


@pytest.mark.parametrize("shape", [(24, 24), (24, 60), (60, 24)])
def test_steps_are_those_of_torch_but_for_half_precision(shape):
    theirs, ours = _trained(torch.optim.Muon, shape), _trained(Muon, shape)
    start = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    assert (theirs[0] - ours[0]).norm() < 0.03 * (theirs[0] - start).norm()
    # a run that was begun with torch's goes on
    assert theirs[1]["param_groups"] == ours[1]["param_groups"]
    assert torch.equal(theirs[1]["state"][0]["momentum_buffer"], ours[1]["state"][0]["momentum_buffer"])


def test_a_matrix_without_a_gradient_stays():
    matrix = torch.nn.Parameter(torch.ones(4, 4))
    Muon([matrix], lr=1.0).step()
    assert torch.equal(matrix.detach(), torch.ones(4, 4))
