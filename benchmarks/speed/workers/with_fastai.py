"""fastai: its Learner's own loop over batches in memory, with the callbacks it has by default and no progress bar."""

import logging
import types
from functools import partial

import torch
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from fastai.optimizer import SGD
from protocol import Contender, serve
from torch import nn
from torch_net import build, count, draw


class KeepLoss(Callback):
    """Keeps the last loss."""

    loss = torch.tensor(0.0)

    def after_loss(self) -> None:
        KeepLoss.loss = self.learn.loss.detach()


class Batches:
    """A loader that hands out the one batch `steps` times; what Learner asks of a loader, no more."""

    def __init__(self, batch: tuple[torch.Tensor, torch.Tensor]) -> None:
        self.batch, self.steps, self.bs, self.device = batch, 1, len(batch[0]), torch.device("cpu")
        self.dataset = types.SimpleNamespace()

    def __iter__(self):
        return iter([self.batch] * self.steps)

    def __len__(self) -> int:
        return self.steps

    def to(self, device: torch.device) -> "Batches":
        return self


def contend(job: dict) -> Contender:
    logging.disable(logging.WARNING)
    torch.set_num_threads(job["threads"])
    torch.manual_seed(0)
    network, batches = build(job["layers"]), Batches(draw(job))
    learner = Learner(
        DataLoaders(batches, batches),
        network,
        loss_func=nn.CrossEntropyLoss(),
        opt_func=partial(SGD, mom=job["momentum"]),
        lr=job["rate"],
        cbs=[KeepLoss()],
    )
    learner.create_opt()

    def run(steps: int) -> float:
        batches.steps = steps
        learner.n_epoch, learner.epoch = 1, 0
        learner("before_fit")
        learner("before_epoch")
        learner._do_epoch_train()
        return float(KeepLoss.loss)

    return Contender(run, parameters=count(network), choice="nchw float32", packages=("fastai", "torch"))


if __name__ == "__main__":
    serve(contend)
