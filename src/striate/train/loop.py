"""The training loop, from the first step to the last, read top to bottom."""

import math
import time
from pathlib import Path

import torch
from torch import Tensor

from striate.errors import RunError
from striate.models.move import move
from striate.models.network import Network
from striate.recipe import Recipe
from striate.records import Epoch
from striate.runtime.device import autocast, settle
from striate.tasks.task import Task
from striate.train.feed import Batch, Feed, mix
from striate.train.folder import show_history
from striate.train.interrupt import interruptible
from striate.train.job import Job
from striate.train.probe import Probe
from striate.train.schedule import rate_factor
from striate.train.state import State
from striate.train.target import examine, is_due, look
from striate.train.tensorboard import Board
from striate.train.watch import Watch

SAVE_EVERY = 3.0  # seconds between checkpoints, or 20 times what one takes, whichever is longer


def fit(network: Network, job: Job, *, folder: Path, deadline: float = math.inf) -> State:
    """Train `network` on the job's training split, judged after each epoch on its validation split.

    Goes on from `folder`/checkpoint when there is one; ends at `deadline` (time.monotonic) at the latest. The state's
    `best` holds the weights of the best epoch, its course says how training went and why it stopped ("": Ctrl-C).
    Raises RunError when the loss stops being a number.
    """
    started = time.monotonic()
    recipe, device, seed, signature = job.recipe, job.device, job.seed, job.signature()
    settle(device, seed)
    move(network, device)
    validation = job.catalogue.select("validation")
    truth = torch.from_numpy(validation.targets)
    feed = Feed(job, ahead=device.kind != "cpu")
    per_epoch = feed.per_epoch
    last = recipe.epochs * per_epoch

    probe = Probe(network, job)
    state = State(network, recipe)
    path = folder / "checkpoint" / "checkpoint.safetensors"
    if path.exists():
        state.restore(path, signature)
    course = state.course
    saved, pause = started, SAVE_EVERY
    if course.step == 0 and probe.looks.is_due(0, ended=False):
        course.inside = probe.look(None, epoch=0, step=0)

    with (
        interruptible() as wish,
        feed,
        Board(folder / "tensorboard", course.step) as board,
        Watch(epochs=recipe.epochs, steps=last, done=course.step) as watch,
    ):
        while not course.stopped:
            # One step: draw, disturb, answer, compare, pass the error back, move the weights.
            tick = time.monotonic()
            epoch = course.step // per_epoch
            batch = feed.batch(course.step)
            torch.manual_seed(mix(seed, 2, course.step))  # dropout
            factor = rate_factor(recipe.schedule, course.step / last, warmup=recipe.warmup)
            state.optimizers.set_rate(factor)
            network.train()
            with autocast(device):
                outputs = network(batch.inputs)
            loss = mixed_loss(job.task, outputs.float(), batch, smoothing=recipe.smoothing)
            loss.backward()
            if recipe.clip:
                torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip)
            state.optimizers.step()
            course.step += 1
            state.average(recipe.ema)

            # Bookkeeping
            value = loss.item()
            if not math.isfinite(value):
                raise diverged(course.step, recipe)
            course.loss_sum += value * len(batch.targets)
            course.seen += len(batch.targets)
            course.epoch_seconds += time.monotonic() - tick
            course.epoch_waited += feed.take_waited()
            mean, speed = course.loss_sum / course.seen, course.seen / course.epoch_seconds
            watch.step(course.step, epoch=epoch + 1, loss=mean, speed=speed)

            # The end of an epoch or of the time, or the target in sight: judge on the validation split, keep the best.
            out_of_time = time.monotonic() > deadline
            reaching: tuple[Tensor, float] | None = None
            if job.target is not None and is_due(course.step, per_epoch):
                reaching = look(state.averaged, job.task, validation, target=job.target, device=device)
            if course.step % per_epoch == 0 or out_of_time or reaching is not None:
                kept, held_loss = reaching or examine(state.averaged, job.task, validation, device)
                course.seconds = course.earlier + time.monotonic() - started
                row = Epoch(
                    epoch=epoch + 1,
                    step=course.step,
                    seconds=course.seconds,
                    train_loss=mean,
                    validation_loss=held_loss,
                    validation_score=job.task.score(kept, truth),
                    rate=factor * recipe.rate,
                    pictures_per_second=speed,
                    loading_share=course.epoch_waited / course.epoch_seconds,
                )
                if not math.isfinite(row.validation_loss):
                    raise diverged(course.step, recipe)
                course.history.append(row)
                course.loss_sum, course.seen, course.epoch_seconds, course.epoch_waited = 0.0, 0, 0.0, 0.0
                state.keep_best(row)
                watch.epoch(row)
                board.epoch(row)
                show_history(folder, course.history)
                if reaching is not None:
                    course.stopped = "target"
                elif course.step == last:
                    course.stopped = "completed"
                elif recipe.patience and epoch + 1 - course.best_epoch >= recipe.patience:
                    course.stopped = "early"
                elif out_of_time:
                    course.stopped = "minutes"
                if probe.looks.is_due(epoch + 1, ended=bool(course.stopped)):
                    course.inside = probe.look(course.inside, epoch=epoch + 1, step=course.step)
            course.seconds = course.earlier + time.monotonic() - started

            # A checkpoint now and then, and at the end.
            if course.stopped or wish.asked or time.monotonic() - saved > pause:
                saving = time.monotonic()
                state.save(path, signature)
                saved = time.monotonic()
                pause = max(SAVE_EVERY, 20 * (saved - saving))
            if wish.asked:
                break
    return state


def mixed_loss(task: Task, outputs: Tensor, batch: Batch, *, smoothing: float) -> Tensor:
    """Compare outputs (N, ...) with the targets; where pictures are mixed, by their shares with both pictures'."""
    own = task.loss(outputs, batch.targets, smoothing=smoothing)
    if batch.mixing is None:
        return own
    partners = batch.mixing.partners.to(batch.targets.device)
    other = task.loss(outputs, batch.targets[partners], smoothing=smoothing)
    return batch.mixing.share * own + (1 - batch.mixing.share) * other


def diverged(step: int, recipe: Recipe) -> RunError:
    """Say that the loss is no number any more."""
    return RunError(
        "the loss must stay a number",
        got=f"not-a-number at step {step} with rate {recipe.rate:g}",
        fix=f"lower the rate, such as --set rate={recipe.rate / 4:g}, or limit the gradient with --set clip=1",
    )
