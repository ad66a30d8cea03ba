"""The native kernels as PyTorch operators: `striate::line` runs a program, `striate::line_backward` its gradients.

They know autograd and fake tensors, and nothing of modules; `layers/native.py` gives them a network's parameters.
"""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from striate.errors import ShapeError, UsageError
from striate.kernels.library import FIELDS, LineCall, instruction_set, library

NORM = 2  # the kind of a step, as program.py counts them
MOST_EXAMPLES = 2**31

_OPERATORS = torch.library.Library("striate", "DEF")
_OPERATORS.define(
    "line(Tensor x, Tensor[] parameters, int[] program, bool training, bool keep, bool bfloat16, int threads)"
    " -> (Tensor, Tensor, Tensor)"
)
_OPERATORS.define(
    "line_backward(Tensor passed, Tensor[] parameters, int[] program, Tensor memory, bool[] wanted,"
    " bool bfloat16, int threads)"
    " -> Tensor[]"
)


def line(
    x: Tensor, parameters: Sequence[Tensor], program: Sequence[int], *, training: bool, bfloat16: bool, threads: int
) -> tuple[Tensor, Tensor]:
    """Run a program on x (N, C, H, W), (N, C, T) or (N, C), float32 on the CPU.

    `program` is what `Program.numbers` gives: FIELDS whole numbers a step. Returns what the last step makes,
    (N, features, height, width), and in training each norm's mean and variance (divided by N - 1) in one row. With
    `bfloat16`, convolutions of several channels multiply shortened numbers; all sums stay float32. The number of
    `threads` decides the order of sums, nothing else. Raises ShapeError for other tensors, UsageError where the
    kernels are missing.
    """
    keep = torch.is_grad_enabled() and (x.requires_grad or any(p.requires_grad for p in parameters))
    if torch.compiler.is_compiling() or not keep:
        made, _, statistics = torch.ops.striate.line(x, list(parameters), program, training, keep, bfloat16, threads)
    else:
        made, statistics = _Line.apply(x, program, training, bfloat16, threads, *parameters)
    return made, statistics


class _Line(torch.autograd.Function):
    """What `striate::line` does with gradients, past the dispatcher: on LeNet-5 that is a tenth of a step."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, program: Any, training: bool, bfloat16: bool, threads: int, *parameters: Tensor
    ) -> Any:
        inputs = (x, list(parameters), program, training, True, bfloat16, threads)
        made, memory, statistics = _forward(*inputs, room=x.new_empty)
        _save(ctx, inputs, (made, memory, statistics))
        ctx.mark_non_differentiable(statistics)
        return made, statistics

    @staticmethod
    def backward(ctx: Any, passed: Tensor, _: Tensor) -> Any:
        memory, *parameters = ctx.saved_tensors
        found = _backward(passed, parameters, ctx.program, memory, ctx.wanted, ctx.bfloat16, ctx.threads)
        at_input, *given = _wanted(ctx, found)
        return at_input, None, None, None, None, *given


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """A program as the kernels read it, the shapes at its ends, and where the parameters of its norms begin."""

    numbers: "ctypes.Array[ctypes.c_int64]"
    count: int
    arrives: tuple[int, ...]
    leaves: tuple[int, ...]
    statistics: int
    norms: tuple[int, ...]


@lru_cache(maxsize=256)
def _steps(program: tuple[int, ...]) -> _Steps:
    if not program or len(program) % FIELDS:
        got, fix = f"{len(program)} numbers", "give what write_program wrote"
        raise ShapeError(f"a program has {FIELDS} whole numbers a step", got=got, fix=fix)
    rows = [program[i : i + FIELDS] for i in range(0, len(program), FIELDS)]
    norms = [row for row in rows if row[0] == NORM]
    statistics, weights = sum(2 * row[3] for row in norms), tuple(row[-2] for row in norms)
    numbers = (ctypes.c_int64 * len(program))(*program)
    return _Steps(numbers, len(rows), rows[0][3:6], rows[-1][6:9], statistics, weights)


def _operate(
    x: Tensor, parameters: list[Tensor], program: list[int], training: bool, keep: bool, bfloat16: bool, threads: int
) -> tuple[Tensor, Tensor, Tensor]:
    """`striate::line`: what is kept has no chance value in its gaps, so that equal calls give equal tensors."""
    room = x.new_zeros if keep else x.new_empty  # PyTorch zeroes with threads, which a forked child does not have
    return _forward(x, parameters, program, training, keep, bfloat16, threads, room=room)


def _forward(
    x: Tensor,
    parameters: list[Tensor],
    program: Sequence[int],
    training: bool,
    keep: bool,
    bfloat16: bool,
    threads: int,
    *,
    room: Callable[[int], Tensor],
) -> tuple[Tensor, Tensor, Tensor]:
    native, steps = _library(), _steps(tuple(program))
    _expect(x, parameters, steps, threads)
    x, held = x.contiguous(), [parameter.contiguous() for parameter in parameters]
    made = x.new_empty(len(x), *steps.leaves)
    statistics = x.new_zeros(steps.statistics if training else 0)
    if not len(x):
        return made, x.new_empty(0), statistics
    call = _call(len(x), held, steps, bfloat16, threads)
    call.training, call.input = training, x.data_ptr()
    call.keep = keep or (training and bool(steps.norms))  # what comes after a norm waits for the whole batch
    call.output, call.statistics = made.data_ptr(), statistics.data_ptr()
    memory = room(native.striate_line_memory(instruction_set(), call))
    call.memory = memory.data_ptr()
    native.striate_line_forward(instruction_set(), call)
    return made, memory if keep else x.new_empty(0), statistics


def _backward(
    passed: Tensor,
    parameters: list[Tensor],
    program: list[int],
    memory: Tensor,
    wanted: list[bool],
    bfloat16: bool,
    threads: int,
) -> list[Tensor]:
    """Give the gradient at the input and at each parameter; empty ones where they are not `wanted`."""
    native, steps = _library(), _steps(tuple(program))
    shapes = [(len(passed), *steps.arrives), *(tuple(parameter.shape) for parameter in parameters)]
    gradients = [passed.new_empty(shape if want else (0,)) for shape, want in zip(shapes, wanted, strict=True)]
    if not len(passed):
        return [gradient.zero_() for gradient in gradients]
    passed, held = passed.contiguous(), [parameter.contiguous() for parameter in parameters]
    call = _call(len(passed), held, steps, bfloat16, threads)
    call.training, call.keep, call.memory, call.passed = 1, 1, memory.data_ptr(), passed.data_ptr()
    room = passed.new_empty(native.striate_line_gradients(instruction_set(), call))
    places = [gradient.data_ptr() if want else None for gradient, want in zip(gradients, wanted, strict=True)]
    call.gradients, call.input_gradient = room.data_ptr(), places[0]
    call.parameter_gradients = _pointers(places[1:])
    native.striate_line_backward(instruction_set(), call)
    return gradients


def _library() -> ctypes.CDLL:
    loaded = library()
    if loaded is None:
        raise UsageError("the native kernels must be there", got="none", fix="install with a C++ compiler at hand")
    return loaded


def _call(examples: int, parameters: list[Tensor], steps: _Steps, bfloat16: bool, threads: int) -> LineCall:
    return LineCall(
        steps=ctypes.addressof(steps.numbers),
        count=steps.count,
        examples=examples,
        bfloat16=bfloat16,
        threads=threads,
        parameters=_pointers([parameter.data_ptr() for parameter in parameters]),
    )


def _pointers(places: Sequence[int | None]) -> ctypes.c_void_p:
    """Addresses in a row that ctypes keeps alive as long as what they are cast to."""
    return ctypes.cast((ctypes.c_void_p * len(places))(*places), ctypes.c_void_p)


def _expect(x: Tensor, parameters: list[Tensor], steps: _Steps, threads: int) -> None:
    if any(tensor.dtype != torch.float32 or tensor.device.type != "cpu" for tensor in (x, *parameters)):
        got = f"{x.dtype} on {x.device}, parameters {sorted({str(p.dtype) for p in parameters})}"
        raise ShapeError("the native kernels take float32 tensors on the CPU", got=got, fix="use a torch route")
    channels, height, width = steps.arrives
    if x.dim() < 2 or x.shape[1] != channels or x.shape[1:].numel() != channels * height * width:
        got, fix = f"{tuple(x.shape)} for {channels}x{height}x{width}", "give examples of the program's shape"
        raise ShapeError("the input must fit the program", got=got, fix=fix)
    if not 1 <= threads <= 1024 or len(x) > MOST_EXAMPLES:
        got = f"{threads} threads, {len(x)} examples"
        raise ShapeError("1 to 1,024 threads and at most 2^31 examples", got=got, fix="use smaller batches")


def _fake_forward(
    x: Tensor, parameters: list[Tensor], program: list[int], training: bool, keep: bool, bfloat16: bool, threads: int
) -> tuple[Tensor, Tensor, Tensor]:
    steps = _steps(tuple(program))
    memory: Any = 0
    if keep:  # as much as a forward pass of so many examples keeps; not known for a number that is not known
        examples: Any = x.shape[0]
        known = isinstance(examples, int)
        call = _call(examples if known else 0, [], steps, bfloat16, 1)
        call.keep = 1
        kept = _library().striate_line_memory(instruction_set(), call)
        memory = kept if known else torch.library.get_ctx().new_dynamic_size()
    statistics = steps.statistics if training else 0
    return x.new_empty(x.shape[0], *steps.leaves), x.new_empty(memory), x.new_empty(statistics)


def _fake_backward(
    passed: Tensor,
    parameters: list[Tensor],
    program: list[int],
    memory: Tensor,
    wanted: list[bool],
    bfloat16: bool,
    threads: int,
) -> list[Tensor]:
    shapes = [(passed.shape[0], *_steps(tuple(program)).arrives), *(tuple(p.shape) for p in parameters)]
    return [passed.new_empty(shape if want else (0,)) for shape, want in zip(shapes, wanted, strict=True)]


def _save(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor, Tensor]) -> None:
    x, parameters, program, training, keep, bfloat16, threads = inputs
    if keep and not training and any(number == NORM for number in program[::FIELDS]):
        rule = "gradients through a norm need the batch's own statistics"
        raise UsageError(rule, got="evaluation mode", fix="call train() on the network, or use a torch route")
    ctx.program, ctx.bfloat16, ctx.threads, ctx.shape = program, bfloat16, threads, x.shape
    running = {
        row + place for row in _steps(tuple(program)).norms for place in (2, 3)
    }  # these move before the backward
    ctx.save_for_backward(output[1], *(p.new_empty(0) if i in running else p for i, p in enumerate(parameters)))
    ctx.wanted = [x.requires_grad, *(parameter.requires_grad for parameter in parameters)]


def _pass_back(ctx: Any, passed: Tensor, *_: Tensor) -> tuple[Any, ...]:
    memory, *parameters = ctx.saved_tensors
    found = torch.ops.striate.line_backward(
        passed, parameters, ctx.program, memory, ctx.wanted, ctx.bfloat16, ctx.threads
    )
    at_input, *given = _wanted(ctx, found)
    return at_input, given, None, None, None, None, None


def _wanted(ctx: Any, found: list[Tensor]) -> list[Tensor | None]:
    """The gradients that were asked for, that at the input in its own shape."""
    given = [gradient if want else None for gradient, want in zip(found, ctx.wanted, strict=True)]
    return [given[0].reshape(ctx.shape) if given[0] is not None else None, *given[1:]]


_OPERATORS.impl("line", _operate, "CPU")
_OPERATORS.impl("line_backward", _backward, "CPU")
torch.library.register_fake("striate::line", _fake_forward, lib=_OPERATORS)
torch.library.register_fake("striate::line_backward", _fake_backward, lib=_OPERATORS)
torch.library.register_autograd("striate::line", _pass_back, setup_context=_save, lib=_OPERATORS)
