"""Recurrent layers as torch modules, and what turns maps and clips into sequences."""

from torch import Tensor, nn

from striate.notation import Recurrent


class RecurrentLayer(nn.Module):
    """(N, C, T) -> (N, units, T), or twice the units both ways: the states after each step (reference.recur)."""

    def __init__(self, recurrent: Recurrent, channels: int) -> None:
        super().__init__()
        kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[recurrent.kind]
        self.cells = kind(channels, recurrent.units, batch_first=True, bidirectional=recurrent.both)

    def forward(self, x: Tensor) -> Tensor:
        states: Tensor = self.cells(x.transpose(1, 2).contiguous())[0]  # (N, T, C) -> (N, T, units)
        return states.transpose(1, 2).contiguous()


class ColumnsLayer(nn.Module):
    """(N, C, H, W) -> (N, C H, W)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1, 2)
