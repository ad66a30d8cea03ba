"""The service asked as the page asks it: its records against `explain`, and every fault in three parts."""

import base64
import io
import socket
import struct
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from striate.cli.table import app as commands
from striate.errors import UsageError
from striate.explain.field import receptive_field
from striate.explain.observe import observe
from striate.explain.trace import trace, trace_votes
from striate.predict import Model
from striate.serve.run import serve, take_port


def picture(client: httpx.Client, id: str) -> torch.Tensor:
    """(1, C, H, W) uint8: what the service says that the network saw."""
    look = client.get(f"/api/inputs/{id}").json()
    pixels = np.frombuffer(base64.b64decode(look["picture"]), np.uint8).reshape(look["shape"])
    return torch.from_numpy(pixels.copy())[None]


def first(client: httpx.Client) -> str:
    return client.get("/api/first").json()["id"]


def png(side: int = 40, value: int = 255) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((side, side), value, np.uint8)).save(file, "PNG")
    return file.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG that declares many pixels and holds none of them."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_model_is_described(client: httpx.Client, model: Model) -> None:
    record = client.get("/api/model").json()
    assert record["classes"] == list(model.info.classes)
    assert record["parameters"] == sum(layer["parameters"] for layer in record["layers"] if not layer["is_block"])
    assert record["layers"][1] | {"receptive_field": [5, 5], "shape": [6, 28, 28]} == record["layers"][1]
    data = client.get("/api/data").json()
    assert data | {"trouble": "", "examples": 7000, "own": True} == data


@pytest.mark.parametrize(
    ("layer", "cell"),
    [
        ("input", (0, 5, 6)),
        ("conv1", (3, 0, 0)),
        ("relu1", (2, 10, 11)),
        ("maxpool1", (1, 4, 5)),
        ("conv2", (7, 3, 4)),
        ("batchnorm1", (7, 3, 4)),
        ("dense1", (11,)),
        ("head", (1,)),
        ("probability", (0,)),
    ],
)
def test_a_cell_is_what_explain_says(client: httpx.Client, model: Model, layer: str, cell: tuple[int, ...]) -> None:
    id = first(client)
    record = client.get(f"/api/inputs/{id}/cell", params={"layer": layer, "cell": ",".join(map(str, cell))}).json()
    observation = observe(model.network, picture(client, id))
    whole = trace(observation, layer, cell)
    assert record["value"] == whole.value
    assert record["network"] == whole.network
    assert record["terms"] == len(whole.terms)
    assert record["constants"] == whole.constants
    told = sum(group["total"] for group in record["groups"])
    assert told + record["rest"] == pytest.approx(sum(term.product for term in whole.terms), rel=1e-12, abs=1e-12)
    if layer not in ("probability", "input"):
        field = receptive_field(model.network.plan, layer, cell[1:])
        assert record["field"] == {"low": list(field.low), "high": list(field.high), "reached": field.reached}


def test_what_follows_a_cell_is_what_the_network_made_of_it(client: httpx.Client, model: Model) -> None:
    id = first(client)
    record = client.get(f"/api/inputs/{id}/cell", params={"layer": "conv2", "cell": "7,3,4"}).json()
    maps = observe(model.network, picture(client, id)).maps
    assert [step["layer"] for step in record["then"]] == ["batchnorm1", "relu2"]
    for step in record["then"]:
        assert step["value"] == pytest.approx(float(maps[step["layer"]][0, 7, 3, 4]), abs=1e-6)


def test_pixels_that_spoke_are_mapped_and_the_map_is_tested(client: httpx.Client, model: Model) -> None:
    id = first(client)
    record = client.get(f"/api/inputs/{id}/why", params={"k": 1}).json()
    spec = model.info.input
    assert record["shape"] == [3, spec.height, spec.width] and record["method"] == "layercam"
    assert len(base64.b64decode(record["picture"])) == 3 * spec.height * spec.width
    assert record["failed"] == ("not to be believed" in record["words"])
    assert model.info.classes[1] in record["words"]
    assert client.get(f"/api/inputs/{id}/why", params={"k": 2}).status_code == 422


def test_votes_add_up_and_silence_flips_the_answer(client: httpx.Client, model: Model) -> None:
    id = first(client)
    observation = observe(model.network, picture(client, id))
    best = int(observation.logits[0].argmax())
    record = client.get(f"/api/inputs/{id}/votes", params={"k": best}).json()
    own, rival = (trace_votes(observation, k, model.info.classes) for k in (best, 1 - best))
    told = sum(vote["total"] for vote in record["votes"]["votes"])
    assert told + record["rest"] + record["votes"]["bias"] == pytest.approx(own.total, abs=1e-9)
    assert record["margin"] == pytest.approx(own.total - rival.total)
    silent = {vote["channel"] for vote in record["silenced"]}
    lead = [sum(v.total for v in votes.votes if v.channel not in silent) + votes.bias for votes in (own, rival)]
    assert silent
    assert lead[0] < lead[1]


def test_maps_are_the_network_s_and_ranked(client: httpx.Client, model: Model) -> None:
    id = first(client)
    (record,) = client.get(f"/api/inputs/{id}/maps", params={"layer": "conv2", "count": 16}).json()
    matters = [one["matter"] for one in record["shown"]]
    assert matters == sorted(matters, reverse=True)
    assert matters[0] > 0
    channels = [one["channel"] for one in record["shown"]]
    maps = observe(model.network, picture(client, id)).maps["conv2"][0].numpy()[channels]
    packed = np.frombuffer(base64.b64decode(record["cells"]), np.int8).reshape(maps.shape)
    assert np.abs(packed * record["largest"] / 127 - maps).max() <= record["largest"] / 254 * 1.001
    whole = client.get(f"/api/inputs/{id}/map", params={"layer": "conv2", "channel": channels[0]}).json()
    assert (np.frombuffer(base64.b64decode(whole["values"]), "<f4").reshape(whole["shape"]) == maps[0]).all()
    assert whole["rank"] == 1


def test_pages_of_maps_hold_every_channel_once(client: httpx.Client) -> None:
    id = first(client)
    pages = [client.get(f"/api/inputs/{id}/maps", params={"layer": "conv2", "count": 6, "page": n}) for n in range(3)]
    channels = [one["channel"] for page in pages for one in page.json()[0]["shown"]]
    assert sorted(channels) == list(range(16))


def test_sliders_change_what_is_seen_and_nothing_else(client: httpx.Client) -> None:
    id = first(client)
    before = client.get(f"/api/inputs/{id}").json()
    moved = client.get(f"/api/inputs/{id}", params={"right": 0.25}).json()
    assert client.get(f"/api/inputs/{id}").json() == before
    pixels = [np.frombuffer(base64.b64decode(one["picture"]), np.uint8).reshape(28, 28) for one in (before, moved)]
    assert (pixels[1][:, 7:] == pixels[0][:, :-7]).all()


def test_a_sweep_finds_where_the_answer_turns(client: httpx.Client) -> None:
    id = first(client)
    record = client.get(f"/api/inputs/{id}/sweep/scale").json()
    said = client.get(f"/api/inputs/{id}").json()["answers"][0]["label"]
    assert len(record["values"]) == len(record["answers"]) == len(record["probabilities"])
    for value in record["turns"]:
        turned = client.get(f"/api/inputs/{id}", params={"scale": value}).json()["answers"][0]["label"]
        assert turned == record["answers"][record["values"].index(value)] != said


def test_patches_are_those_of_the_largest_values(client: httpx.Client, model: Model) -> None:
    patches = client.get("/api/patches", params={"layer": "conv1", "channel": 2}).json()
    values = [patch["value"] for patch in patches]
    assert values == sorted(values, reverse=True)
    best = patches[0]
    cell = ",".join(map(str, best["cell"]))
    record = client.get(f"/api/inputs/example-{best['example']}/cell", params={"layer": "conv1", "cell": cell}).json()
    assert record["network"] == pytest.approx(best["value"], rel=1e-5)
    assert (record["field"]["low"], record["field"]["high"]) == (best["low"], best["high"])


def await_answers(client: httpx.Client) -> None:
    deadline = time.monotonic() + 30
    while True:
        record = client.get("/api/examples").json()
        if record["answered"] == record["examples"]:
            return
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    "asked",
    [
        {"split": "test"},
        {"label": "X", "split": "train"},
        {"wrong": True},
        {"order": "most wrong"},
        {"order": "least sure"},
    ],
    ids=str,
)
def test_examples_are_filtered_and_ordered(client: httpx.Client, asked: dict[str, str]) -> None:
    await_answers(client)
    record = client.get("/api/examples", params=asked).json()
    shown = record["shown"]
    assert shown
    for one in shown:
        assert one["split"] == asked.get("split", one["split"])
        assert one["truth"] == asked.get("label", one["truth"])
        assert one["truth"] != one["answer"] or not asked.get("wrong")
    key = {"most wrong": "truth_probability", "least sure": "probability"}.get(asked.get("order", ""))
    if key:
        assert [one[key] for one in shown] == sorted(one[key] for one in shown)
    counted = client.get("/api/data").json()["splits"]
    assert record["count"] == counted["test"] or asked != {"split": "test"}


def test_an_upload_is_seen_as_prediction_sees_it(client: httpx.Client, model: Model, tmp_path: Path) -> None:
    file = tmp_path / "white.png"
    file.write_bytes(png())
    id = client.post("/api/inputs", files={"file": ("white.png", png())}).json()["id"]
    assert id == client.post("/api/inputs", files={"file": ("again.png", png())}).json()["id"]
    answers = client.get(f"/api/inputs/{id}").json()["answers"]
    predicted = model.predict(file)[0].probabilities
    assert {one["label"]: one["probability"] for one in answers} == pytest.approx(predicted, abs=1e-6)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no picture at all", "is no picture of a known format"),
        (b"", "is empty"),
        (png()[:60], "damaged"),
        (bomb(10_000, 10_000), "declares 10000x10000 pixels"),
    ],
    ids=["text", "empty", "cut", "100 megapixels"],
)
def test_uploads_that_cannot_be_seen_are_refused(client: httpx.Client, content: bytes, words: str) -> None:
    started = time.perf_counter()
    answer = client.post("/api/inputs", files={"file": ("x.png", content)})
    assert answer.status_code == 422
    assert words in answer.json()["error"]["got"] or words == "damaged"
    assert {"rule", "got", "fix", "message"} == set(answer.json()["error"])
    assert time.perf_counter() - started < 2


def test_an_upload_of_too_many_bytes_is_refused_before_it_is_read(client: httpx.Client) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port)) as line:
        line.sendall(
            b"POST /api/inputs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000000\r\nConnection: close\r\n\r\n"
        )
        answer = b"".join(iter(lambda: line.recv(10_000), b"")).decode()
    assert answer.startswith("HTTP/1.1 403")
    assert "an upload has at most" in answer


def test_an_upload_of_unknown_length_is_refused(client: httpx.Client) -> None:
    answer = client.post("/api/inputs", content=iter([b"a", b"b"]))
    assert answer.status_code == 403
    assert "how long it is" in answer.json()["error"]["rule"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/api/inputs/{id}/cell?layer=conv9&cell=1,2,3", "did you mean conv2"),
        ("/api/inputs/{id}/cell?layer=conv2&cell=16,0,0", "cells of conv2 run from 0,0,0 to 15,9,9"),
        ("/api/inputs/{id}/cell?layer=conv2&cell=one", "a cell is C,ROW,COLUMN"),
        ("/api/inputs/{id}/map?layer=conv2&channel=16", "maps of conv2 are numbered 0 to 15"),
        ("/api/inputs/{id}/maps?layer=conv2&page=9", "pages of conv2 are numbered"),
        ("/api/inputs/{id}/maps?layer=conv2&count=0", "count"),
        ("/api/inputs/{id}/votes?k=7", "cells of head run from 0 to 1"),
        ("/api/inputs/{id}?rotate=400", "rotate lies between -180 and 180"),
        ("/api/inputs/{id}?rotate=nan", "rotate lies between -180 and 180"),
        ("/api/inputs/{id}/sweep/hue", "choose from right"),
        ("/api/inputs/example-7000", "examples are numbered 0 to 6999"),
        ("/api/inputs/unknown", "draw or send it again"),
        ("/api/examples?split=dev", "a split is one of 3"),
        ("/api/examples?label=Y", "a class is one of 2"),
        ("/api/examples?page=999", "pages are numbered"),
        ("/api/patches?layer=conv9&channel=1", "did you mean conv2"),
        ("/api/plan?line=conv%208%203x3%20%3E%20maxpool%2099", "^"),
        ("/api/retrain?line=conv%20512%203x3%20%3E%20conv%20512%203x3", "a live training takes at most"),
        ("/api/retrain?line=relu&epochs=0", "epochs lie between"),
        ("/api/runs/..%2F..%2Fetc/events", "an address must exist"),
        ("/api/runs/nowhere/events", "a run is a folder beside the model's"),
    ],
)
def test_every_fault_has_three_parts(client: httpx.Client, path: str, words: str) -> None:
    answer = client.get(path.format(id=first(client)))
    assert answer.status_code in (404, 422)
    error = answer.json()["error"]
    assert words in error["message"]
    assert error["rule"]
    assert error["got"]
    assert error["fix"]


def test_the_lesson_holds_the_explainers_numbers(client: httpx.Client) -> None:
    lesson = client.get("/api/lesson").json()
    main, crossing, other = (worked["filtered"] for worked in lesson["worked"])
    assert np.round(main["matches"][0], 2).tolist() == [0.78, -0.11, 0.11, 0.33, 0.56, -0.11, 0.33]
    assert np.round(main["pooled"][0], 2).tolist() == [1.00, 0.33, 0.56, 0.33]
    assert np.round(crossing["matches"], 2)[3, 3] == 1.0
    assert np.allclose(other["matches"], np.fliplr(main["matches"]))
    assert lesson["compared"][0]["agreement"] == 1.0
    assert lesson["nudged"]["apart"] < 1e-9
    for way in ("nudging", "gradient"):
        errors = lesson["learned"][way]
        assert errors == sorted(errors, reverse=True)
    assert all(ballot["probabilities"][k] > 0.8 for k, ballot in enumerate(lesson["after"]))


def test_runs_and_their_differences(client: httpx.Client, run_folder: Path) -> None:
    (run,) = client.get("/api/runs").json()
    assert run | {"name": "letters", "state": "finished", "here": True} == run
    assert len(run["history"]) == 1
    assert client.get("/api/runs/differences?run=letters&run=letters").json() == []
    with client.stream("GET", "/api/runs/letters/events") as stream:
        kinds = [line for line in stream.iter_lines() if line.startswith("event: ")]
    assert kinds == ["event: epoch", "event: end"]


def test_a_growing_history_is_told_as_it_grows(client: httpx.Client, growing: Callable[[int], None]) -> None:
    growing(1)
    told = 0
    with client.stream("GET", "/api/runs/growing/events") as stream:
        for line in stream.iter_lines():
            told += line == "event: epoch"
            growing(2)
            if told == 2:
                break
    assert told == 2


def test_foreign_names_and_pages_are_refused(client: httpx.Client) -> None:
    assert client.get("/api/model", headers={"host": "evil.example:80"}).status_code == 403
    assert client.get("/api/model", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.get("/").headers["content-security-policy"].startswith("default-src 'self'")


def test_nothing_comes_from_elsewhere(client: httpx.Client) -> None:
    folder = Path(__file__).parents[2] / "src" / "striate" / "serve" / "page"
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text, file.name
        assert client.get(f"/{file.name}").text == file.read_text(encoding="utf-8")
    assert client.get("/openapi.json").status_code == 200
    assert client.get("/docs").status_code == 404


def test_a_port_in_use_is_named(taken_port: int) -> None:
    with pytest.raises(UsageError, match=f"{taken_port}"):
        take_port("127.0.0.1", taken_port)


def test_missing_parts_are_named(monkeypatch: pytest.MonkeyPatch, run_folder: Path) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(UsageError, match=r"striate\[serve\]"):
        serve(run_folder)


def test_serve_is_a_command() -> None:
    done = CliRunner().invoke(commands, ["serve", "--help"])
    assert done.exit_code == 0
    assert "--port" in done.output
