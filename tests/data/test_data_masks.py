"""Pictures with masks: which go together, what their numbers or colours mean, what is wrong with them."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ledgers import expect_said, refused
from PIL import Image
from scenes_set import CLASSES, WORDS, Made, make_set, write_masks

from striate.data.catalogue import Catalogue
from striate.data.decode.targets import fit_mask
from striate.data.listing import VOID
from striate.data.open import open_data
from striate.data.sources.mask_table import voc_palette
from striate.data.sources.roles import read_role
from striate.errors import DataError

SIZE = (96, 96)
LAYOUTS = {
    "images and masks": ("images/{name}.png", "masks/{name}.png", False),
    "imgs and labels": ("imgs/{name}.png", "Labels/{name}_label.png", False),
    "frames and ground truth": ("frames/{name}.png", "ground_truth/{name}.png", False),
    "splits above": ("{split}/images/{name}.png", "{split}/masks/{name}.png", True),
    "splits below": ("img_dir/{split}/{name}.png", "ann_dir/{split}/{name}.png", True),
    "splits in names": ("{split}/{name}.png", "{split}_labels/{name}.png", True),
    "glued": ("{split}/{name}.png", "{split}annot/{name}.png", True),
    "one folder": ("all/{name}.png", "all/{name}_mask.png", False),
    "one folder, first": ("image_{name}.png", "mask-{name}.png", False),
    "segments": ("{name}.png", "{name}-seg.png", False),
    "a folder each": ("{name}/image.png", "{name}/mask.png", False),
    "folders that differ": ("CXR_png/{name}.png", "masks/{name}_mask.png", False),
    "words in words": ("PNGImages/{name}.png", "PedMasks/{name}_mask.png", False),
    "all differs": ("scans/{name}.png", "trimaps/expert/{name}_P.png", False),
    "letters": ("images/{name}.png", "labels/{name}_P.png", False),
}


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return make_set()


def put(root: Path, made: list[Made], picture: str, mask: str, draw: Callable[[np.ndarray], Image.Image]) -> None:
    """Save pictures and masks at places told by name and split."""
    for one in made:
        for place, image in ((picture, Image.fromarray(one.pixels)), (mask, draw(one.mask))):
            file = root / place.format(name=one.name, split=one.split)
            file.parent.mkdir(parents=True, exist_ok=True)
            image.save(file)


def expect_masks(catalogue: Catalogue, made: list[Made], values: np.ndarray | None = None) -> None:
    """Every mask is the one that was drawn, its numbers 0 to 3 turned into `values`."""
    values = np.arange(4, dtype=np.uint8) if values is None else values
    assert len(catalogue.names) == len(made)
    by_digest = {np.asarray(inputs).tobytes(): i for i, inputs in enumerate(catalogue.inputs)}
    assert len(by_digest) == len(made)
    for i, name in enumerate(catalogue.names):
        one = next(one for one in made if one.name in name)
        np.testing.assert_array_equal(catalogue.targets[i], fit_mask(values[one.mask], SIZE), name)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str, made: list[Made], tmp_path: Path) -> None:
    picture, mask, given = LAYOUTS[layout]
    put(tmp_path, made, picture, mask, Image.fromarray)
    catalogue = open_data(tmp_path)
    assert (catalogue.format, catalogue.classes) == ("masks", ("background", "value 1", "value 2", "value 3"))
    expect_masks(catalogue, made)
    if given:
        assert catalogue.splits.tolist() == [
            WORDS[next(one.split for one in made if one.name in name)] for name in catalogue.names
        ]


@pytest.mark.parametrize(
    ("path", "role", "key"),
    [
        ("train/images/a.jpg", "image", ("train", "a")),
        ("images/train/a.jpg", "image", ("train", "a")),
        ("train_masks/a_mask.png", "mask", ("train", "a")),
        ("leftImg8bit/train/ulm/a_leftImg8bit.png", "image", ("train", "ulm", "a")),
        ("gtFine/train/ulm/a_gtFine_labelIds.png", "mask", ("train", "ulm", "a")),
        ("cats/labrador.png", "", ("cats", "labrador")),
        ("with_mask/1.png", "mask", ("with", "1")),
        ("masks/images/a.png", "image", ("a",)),
        ("x/label12.png", "mask", ("x", "12")),
    ],
)
def test_roles(path: str, role: str, key: tuple[str, ...]) -> None:
    assert read_role(Path(path).parts) == (role, key)


def palette(mask: np.ndarray) -> Image.Image:
    image = Image.fromarray(mask).convert("P")
    image.putpalette([channel for colour in voc_palette() for channel in colour.to_bytes(3, "big")])
    return image


def colours(table: list[int]) -> Callable[[np.ndarray], Image.Image]:
    channels = np.array([list(colour.to_bytes(3, "big")) for colour in table], np.uint8)
    return lambda mask: Image.fromarray(channels[mask])


def values(*numbers: int) -> Callable[[np.ndarray], Image.Image]:
    kind = np.uint16 if max(numbers) > 255 else np.uint8
    return lambda mask: Image.fromarray(np.array(numbers, kind)[mask])


def bordered(draw: Callable[[np.ndarray], Image.Image]) -> Callable[[np.ndarray], Image.Image]:
    """A column of 3 stands for the border."""
    return lambda mask: draw(np.where(np.arange(mask.shape[1]) == 0, np.uint8(3), np.where(mask == 3, 0, mask)))


NAMED = {"classes.txt": "\n".join(("background", *CLASSES))}
FOUR = ("background", *CLASSES)
PLAIN = ("background", "value 1", "value 2", "value 3")
TABLES: dict[str, tuple[Callable[[np.ndarray], Image.Image], dict[str, str], tuple[str, ...], list[int]]] = {
    "index, named": (values(0, 1, 2, 3), NAMED, FOUR, [0, 1, 2, 3]),
    "index, background unnamed": (values(0, 1, 2, 3), {"labels.txt": "\n".join(CLASSES)}, FOUR, [0, 1, 2, 3]),
    "index, unordered": (values(0, 3, 1, 2), {"codes.txt": "background\nroof\ntree\npond"}, FOUR, [0, 1, 2, 3]),
    "index by JSON": (values(0, 3, 1, 9), {"label_map.json": '{"roof": 1, "pond": 3, "tree": 9}'}, FOUR, [0, 1, 2, 3]),
    "index by JSON, turned": (
        values(0, 3, 1, 9),
        {"label_map.json": '{"1": "roof", "3": "pond", "9": "tree", "0": "background"}'},
        FOUR,
        [0, 1, 2, 3],
    ),
    "index by lines": (
        values(0, 7, 8, 9),
        {"labels.txt": "0: background\n7: pond\n8: roof\n9: tree"},
        FOUR,
        [0, 1, 2, 3],
    ),
    "index by YAML": (values(0, 1, 2, 3), {"data.yaml": f"names: {list(FOUR)}"}, FOUR, [0, 1, 2, 3]),
    "palette": (palette, NAMED, FOUR, [0, 1, 2, 3]),
    "void among indices": (bordered(values(0, 1, 2, 255)), {}, ("background", "value 1", "value 2"), [0, 1, 2, 0]),
    "void in a palette": (
        bordered(lambda mask: palette(np.where(mask == 3, np.uint8(VOID), mask))),
        {},
        ("background", "value 1", "value 2"),
        [0, 1, 2, 0],
    ),
    "void by name": (
        values(0, 1, 2, 3),
        {"classes.txt": "background\na\nb\nvoid"},
        ("background", "a", "b"),
        [0, 1, 2, VOID],
    ),
    "black and white": (lambda mask: values(0, 255, 255, 255)(mask), {}, ("background", "object"), [0, 1, 1, 1]),
    "one bit": (lambda mask: Image.fromarray(mask > 0), {}, ("background", "object"), [0, 1, 1, 1]),
    "zero and one": (values(0, 1, 1, 1), {}, ("background", "object"), [0, 1, 1, 1]),
    "greys": (values(0, 100, 180, 255), {}, ("background", "value 100", "value 180", "value 255"), [0, 1, 2, 3]),
    "greys, named": (values(0, 100, 180, 255), NAMED, FOUR, [0, 1, 2, 3]),
    "16 bits": (values(0, 300, 1, 2), {"label_map.json": '{"pond": 300, "roof": 1, "tree": 2}'}, FOUR, [0, 1, 2, 3]),
    "colours": (
        colours([0, 0xFF0000, 0x00FF00, 0xFFFFFF]),
        {},
        ("background", "colour #00ff00", "colour #ff0000", "colour #ffffff"),
        [0, 2, 1, 3],
    ),
    "colours, named": (
        colours([0x101010, 0xFF0000, 0x00FF00, 0x0000FF]),
        {"class_dict.csv": "name,r,g,b\npond,255,0,0\nroof,0,255,0\nbackground,16,16,16\ntree,0,0,255"},
        FOUR,
        [0, 1, 2, 3],
    ),
    "colours by JSON": (
        colours([0, 0xFF0000, 0x00FF00, 0x0000FF]),
        {
            "classes.json": '[{"name": "pond", "color": [255, 0, 0]}, {"name": "roof", "color": "#00ff00"},'
            ' {"name": "tree", "color": [0, 0, 255]}]'
        },
        FOUR,
        [0, 1, 2, 3],
    ),
    "colours of VOC": (colours(voc_palette()[:4]), NAMED, FOUR, [0, 1, 2, 3]),
    "border of VOC": (
        bordered(colours([*voc_palette()[:3], 0xE0E0C0])),
        {},
        ("background", "colour #008000", "colour #800000"),
        [0, 2, 1, 0],
    ),
    "white border": (
        bordered(colours([*voc_palette()[:3], 0xFFFFFF])),
        {"classes.txt": "background\nground\npond"},
        ("background", "ground", "pond"),
        [0, 1, 2, 0],
    ),
    "names that do not fit": (values(0, 1, 2, 3), {"classes.txt": "a\nb"}, PLAIN, [0, 1, 2, 3]),
}


@pytest.mark.parametrize("form", TABLES)
def test_tables(form: str, made: list[Made], tmp_path: Path) -> None:
    draw, files, classes, places = TABLES[form]
    put(tmp_path, made, "images/{name}.png", "masks/{name}.png", draw)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    catalogue = open_data(tmp_path, task="segmentation")
    assert catalogue.classes == classes
    table = next(notice for notice in catalogue.ledger.notices if notice.what.startswith("masks read by"))
    assert table.count == len(made)
    for name in files:
        assert table.what.endswith("do not fit" if "fit" in form else f"names from {name}")
    if any(word in form for word in ("border", "among", "void in")):
        border = catalogue.inputs.shape[2] // 2
        assert all(mask[border].tolist().count(VOID) > 0 for mask in catalogue.targets)
        assert "not counted" in table.what
    else:
        expect_masks(catalogue, made, np.array(places, np.uint8))


def test_masks_blurred_by_jpeg_are_cut(made: list[Made], tmp_path: Path) -> None:
    put(tmp_path, made, "images/{name}.png", "masks/{name}.jpg", values(0, 255, 255, 255))
    catalogue = open_data(tmp_path)
    assert catalogue.classes == ("background", "object")
    expect_masks(catalogue, made, np.array([0, 1, 1, 1], np.uint8))
    assert any("shades below 128 as 0" in notice.what for notice in catalogue.ledger.notices)


def test_boxes_of_regions_are_said(made: list[Made], tmp_path: Path) -> None:
    write_masks(made, tmp_path)
    catalogue = open_data(tmp_path, task="detection")
    assert any("boxes around connected regions" in notice.what for notice in catalogue.ledger.notices)


def drop(*names: str) -> Callable[[Path], None]:
    return lambda root: [(root / name).unlink() for name in names] and None


def smaller(root: Path) -> None:
    file = root / "train/masks/scene_00.png"
    with Image.open(file) as mask:
        half = mask.resize((mask.width // 2, mask.height))
    half.save(file)


FAULTS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "no mask": (drop("train/masks/scene_00.png"), "train/images/scene_00.png", "has no mask"),
    "no picture": (drop("train/images/scene_00.png"), "train/masks/scene_00.png", "is a mask without a picture"),
    "another size": (smaller, "train/images/scene_00.png", "its mask train/masks/scene_00.png"),
    "cut off": (
        lambda root: cut(root / "train/masks/scene_00.png"),
        "train/images/scene_00.png",
        "has a mask train/masks/scene_00.png that is",
    ),
    "no numbers": (
        lambda root: (
            Image.fromarray(np.zeros((8, 8), np.float32)).save(root / "train/masks/scene_00.tiff")
            or (root / "train/masks/scene_00.png").unlink()
        ),
        "train/images/scene_00.png",
        "floating-point values",
    ),
    "two pictures": (
        lambda root: Image.new("RGB", (8, 8)).save(root / "train/images/scene_00.webp"),
        "train/images/scene_00.webp",
        "has the name of another",
    ),
}


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:50])


@pytest.mark.parametrize("task", ["segmentation", "detection"])
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named(fault: str, task: str, made: list[Made], tmp_path: Path) -> None:
    change, name, reason = FAULTS[fault]
    write_masks(made, tmp_path)
    change(tmp_path)
    catalogue = open_data(tmp_path, task=task)
    assert refused(catalogue).keys() == {name}
    assert reason in refused(catalogue)[name]
    assert catalogue.ledger.found == catalogue.ledger.used + 1


def test_masks_may_be_turned_by_exif(made: list[Made], tmp_path: Path) -> None:
    write_masks(made, tmp_path)
    file = tmp_path / "train/masks/scene_00.png"
    turned = Image.fromarray(np.rot90(made[0].mask).copy())
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(file, exif=exif)
    expect_masks(open_data(tmp_path), made)


@pytest.mark.parametrize(
    ("draw", "got"),
    [
        (lambda mask: Image.new("L", mask.shape[::-1]), "only value 0"),
        (lambda mask: Image.fromarray(np.arange(mask.size, dtype=np.uint8).reshape(mask.shape)), "255 of them"),
        (lambda mask: noise(mask), "has the most"),
    ],
)
def test_what_is_no_mask(draw: Callable[[np.ndarray], Image.Image], got: str, made: list[Made], tmp_path: Path) -> None:
    put(tmp_path, made, "images/{name}.png", "masks/{name}.png", draw)
    with pytest.raises(DataError) as caught:
        open_data(tmp_path, format="masks")
    assert got in caught.value.got


def noise(mask: np.ndarray) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (*mask.shape, 3)).astype(np.uint8))


def test_folders_of_masked_faces_are_classes(tmp_path: Path) -> None:
    """Classes that are called like masks, without pictures to go with them; or with photographs in their place."""
    for i, label in enumerate(("with_mask", "without_mask", "images", "labels")):
        for k in range(4):
            file = tmp_path / label / f"{k}.png"
            file.parent.mkdir(exist_ok=True)
            noise(np.zeros((20 + i, 20 + k))).save(file)
    assert open_data(tmp_path).format == "folders"


def test_names_are_read_where_they_can_be(made: list[Made], tmp_path: Path) -> None:
    write_masks(made, tmp_path)
    (tmp_path / "classes.txt").unlink()
    (tmp_path / "classes.json").write_text("{")
    catalogue = open_data(tmp_path)
    expect_said(catalogue, "files of class names that cannot be read", "classes.json: ")
    (tmp_path / "classes.json").write_text(json.dumps({"names": FOUR}))
    assert open_data(tmp_path).classes == FOUR
