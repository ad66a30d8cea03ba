"""Sounds, whole process: `striate train FOLDER --minutes M`, nothing else chosen, on spoken digits and on made sounds.

python -m benchmarks.sounds /path/to/spoken-digits/recordings    everything: about twenty minutes
python -m benchmarks.sounds RECORDINGS official made             some parts

official  takes 0 to 4 are the test set, as published: accuracy in two minutes
speakers  each of the six speakers held out in turn, `--group speaker` for the rest: accuracy in two minutes each
made      ten kinds of made sounds in noise, 0.3 to 3 s, six rates, mono and stereo, WAV, FLAC, Ogg and MP3: one minute
"""

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from benchmarks.speed.__main__ import machine

RESULTS = Path(__file__).parent / "results"
STRIATE = (sys.executable, "-c", "from striate.cli import start; start()")
PARTS = ("official", "speakers", "made")
KINDS = ("tone", "chord", "rising", "falling", "clicks", "hiss", "rumble", "tremolo", "vibrato", "buzz")
RATES, ENDINGS = (8000, 11_025, 16_000, 22_050, 44_100, 48_000), ("wav", "flac", "ogg", "mp3")
EACH = 60  # made sounds of a kind
Floats = NDArray[np.float64]


def train(data: Path, minutes: float, *words: str) -> dict:
    """Train in a fresh folder and give the figures of the record."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*STRIATE, "train", str(data), "--minutes", str(minutes), "--run", "run", "--json", *words]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    record = json.loads(done.stdout)
    return {
        "test": {key: record["test"]["accuracy"][key] for key in ("value", "low", "high", "n")},
        "validation": record["validation"]["value"],
        "baselines": {name: one["value"] for name, one in record["baselines"].items()},
        "architecture": record["architecture"],
        "epochs": len(record["history"]),
        "route": record["machine"]["route"],
        **{key: record[key] for key in ("seconds", "training_seconds", "stopped")},
    }


def official(recordings: Path, folder: Path) -> dict:
    """Takes 0 to 4 of every digit and speaker are the test set."""
    return train(hold_out(recordings, folder, lambda stem: int(stem.split("_")[2]) < 5), 2)


def speakers(recordings: Path, folder: Path) -> dict:
    """Hold out each speaker in turn; another one of the rest is the validation split."""
    names = sorted({file.stem.split("_")[1] for file in recordings.glob("*.wav")})
    found = {}
    for name in names:
        data = hold_out(recordings, folder / name, lambda stem, name=name: f"_{name}_" in stem)
        found[name] = train(data, 2, "--group", "speaker")
    mean = float(np.mean([one["test"]["value"] for one in found.values()]))
    return {"mean": mean, "runs": found}


def hold_out(recordings: Path, folder: Path, tested) -> Path:
    """Make a folder of links to the recordings with a list of those to be tested beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recordings").symlink_to(recordings.resolve())
    stems = sorted(file.stem for file in recordings.glob("*.wav"))
    (folder / "test.txt").write_text("\n".join(stem for stem in stems if tested(stem)) + "\n")
    return folder


def made(recordings: Path, folder: Path) -> dict:
    """Ten kinds of sounds, each file with a rate, format, length, loudness and noise of its own."""
    for kind in KINDS:
        for seed in range(EACH):
            rng = np.random.default_rng([KINDS.index(kind), seed])
            rate, ending = int(rng.choice(RATES)), str(rng.choice(ENDINGS))
            wave = make(kind, rate, rng)
            channels = np.stack([wave, 0.8 * wave], 1) if rng.random() < 0.4 else wave
            file = folder / kind / f"{seed:03}.{ending}"
            file.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(file, channels, rate)
    return train(folder, 1)


def make(kind: str, rate: int, rng: np.random.Generator) -> Floats:
    """(T,) a sound of 0.3 to 3 s, in white noise of 0 to 20 dB below it."""
    t = np.arange(int(rng.uniform(0.3, 3) * rate)) / rate
    low = rng.uniform(200, 800)
    slow = 2 * np.pi * rng.uniform(4, 9) * t
    hiss = rng.normal(size=len(t))
    frequency = {
        "rising": np.linspace(low, 3 * low, len(t)),
        "falling": np.linspace(3 * low, low, len(t)),
        "vibrato": low * (1.5 + 0.3 * np.sin(slow)),
    }.get(kind, np.full(len(t), 1.5 * low))
    phase = 2 * np.pi * np.cumsum(frequency) / rate
    wave = {
        "chord": lambda: np.sin(phase) + np.sin(1.26 * phase) + np.sin(1.5 * phase),
        "clicks": lambda: np.convolve(
            (np.diff(slow % (2 * np.pi), prepend=0) < 0) * 8.0, np.hanning(rate // 400), "same"
        ),
        "hiss": lambda: hiss,
        "rumble": lambda: sosfilt(butter(2, 300, fs=rate, output="sos"), hiss),
        "tremolo": lambda: np.sin(phase) * (1 + np.sin(slow)),
        "buzz": lambda: np.sign(np.sin(phase / 4)),
    }.get(kind, lambda: np.sin(phase))()
    wave = wave / np.sqrt((wave**2).mean() + 1e-12)
    noisy = wave + rng.normal(size=len(t)) * 10 ** (-rng.uniform(0, 20) / 20)
    return noisy / np.abs(noisy).max() * rng.uniform(0.05, 0.9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("parts", nargs="*", default=PARTS, metavar="PART")
    asked = parser.parse_args()
    results = {"date": datetime.date.today().isoformat(), "command": " ".join(sys.argv), "machine": machine()}
    for part in asked.parts:
        with tempfile.TemporaryDirectory() as folder:
            results[part] = {"official": official, "speakers": speakers, "made": made}[part](
                asked.recordings, Path(folder) / part
            )
        print(json.dumps({part: results[part]}, indent=1), flush=True)
    (RESULTS / f"{results['date']}-sounds.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
