"""Clips: every usual format gives the frames that went in, evenly; what is no clip is refused by name."""

import numpy as np
import pytest
from movement import draw_movement, write_clip, write_movements
from PIL import Image

from striate.data.decode.clip import Clip, decode_clip
from striate.data.open import open_data
from striate.records import ClipInput, Refusal

SPEC = ClipInput(channels=3, frames=6, height=32, width=32, mean=(0.0,) * 3, std=(1.0,) * 3)


@pytest.mark.parametrize("ending", ["mp4", "avi", "webm", "gif"])
def test_frames_are_those_that_went_in(tmp_path, ending):
    frames = draw_movement("right", np.random.default_rng(0), frames=11)
    write_clip(tmp_path / f"a.{ending}", frames)
    clip = decode_clip(tmp_path / f"a.{ending}", "a", SPEC)
    assert isinstance(clip, Clip) and clip.count == 11 and clip.size == (32, 32)
    expected = frames[[0, 2, 4, 6, 8, 10]].transpose(3, 0, 1, 2).astype(int)
    assert np.abs(clip.frames - expected).mean() < 40  # codecs lose the noise, not the square
    bright = expected.max(0) > 150
    assert (clip.frames.max(0)[bright] > 100).mean() > 0.9


def test_long_clips_are_thinned_evenly(tmp_path):
    frames = np.repeat(np.arange(0, 200, 2, dtype=np.uint8)[:, None, None, None], 32 * 32 * 3, 1).reshape(
        100, 32, 32, 3
    )
    write_clip(tmp_path / "a.avi", frames)
    clip = decode_clip(tmp_path / "a.avi", "a", SPEC)
    steps = np.diff(clip.frames.mean(axis=(0, 2, 3)))
    assert clip.count == 100 and (steps > 25).all() and (steps < 50).all()


def test_short_clips_repeat_frames(tmp_path):
    write_clip(tmp_path / "a.gif", draw_movement("up", np.random.default_rng(0), frames=1))
    clip = decode_clip(tmp_path / "a.gif", "a", SPEC)
    assert clip.facts == ("a single frame, repeated",) and (clip.frames[:, 0] == clip.frames[:, 5]).all()


def test_what_is_no_clip_is_refused_by_name(tmp_path):
    good = tmp_path / "good.mp4"
    write_clip(good, draw_movement("up", np.random.default_rng(0)))
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("no clip at all")
    (tmp_path / "cut.mp4").write_bytes(good.read_bytes()[:200])
    for name, words in (("empty", "0 bytes"), ("text", "no clip"), ("cut", ""), ("absent", "missing")):
        found = decode_clip(tmp_path / f"{name}.mp4", name, SPEC)
        assert isinstance(found, Refusal) and words in found.reason, found


def test_folder_is_recognised_and_split(tmp_path):
    write_movements(tmp_path / "c", 6, endings=("mp4", "webm"))
    (tmp_path / "c" / "up" / "broken.mp4").write_bytes(b"\0" * 50)
    catalogue = open_data(tmp_path / "c")
    assert catalogue.format == "clips" and catalogue.spec.modality == "clip"
    assert catalogue.inputs.shape == (24, 3, 8, 32, 32) and catalogue.inputs.dtype == np.uint8
    assert catalogue.ledger.found == 25 and catalogue.ledger.refusals[0].name == "up/broken.mp4"
    again = open_data(tmp_path / "c", like=SPEC)
    assert again.inputs.shape == (24, 3, 6, 32, 32)


def test_animated_gifs_are_clips_and_still_ones_pictures(tmp_path):
    write_movements(tmp_path / "moving", 4, endings=("gif",))
    assert open_data(tmp_path / "moving").format == "clips"
    for label, grey in (("a", 0), ("b", 200)):
        (tmp_path / "still" / label).mkdir(parents=True)
        for i in range(4):
            Image.fromarray(np.full((8, 8), grey + i, np.uint8)).save(tmp_path / "still" / label / f"{i}.gif")
    assert open_data(tmp_path / "still").format == "folders"
