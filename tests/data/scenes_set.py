"""Pictures with rectangles of three classes in given splits, written as COCO, VOC, YOLO and as masks."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("pond", "roof", "tree")
COLOURS = ((40, 80, 200), (200, 60, 50), (30, 160, 60))
SPLITS = ("train",) * 14 + ("val",) * 5 + ("test",) * 5
WORDS = {"train": "train", "val": "validation", "test": "test"}
Row = tuple[int, int, int, int, int]  # class, x0, y0, x1, y1; x1 and y1 exclusive


@dataclass(frozen=True, kw_only=True)
class Made:
    """A picture with its rectangles, which do not touch."""

    name: str
    split: str
    pixels: np.ndarray  # (H, W, 3) uint8
    rows: tuple[Row, ...]

    @property
    def mask(self) -> np.ndarray:
        """The class of each pixel, 1 for the first; 0 for the background."""
        mask = np.zeros(self.pixels.shape[:2], np.uint8)
        for place, x0, y0, x1, y1 in self.rows:
            mask[y0:y1, x0:x1] = 1 + place
        return mask


def make_set(seed: int = 0) -> list[Made]:
    """Draw 24 pictures of several sizes on a grid of cells, rectangles in some; the last of each split is empty."""
    random = np.random.default_rng(seed)
    made = []
    for i, split in enumerate(SPLITS):
        height, width = 32 * int(random.integers(2, 4)), 32 * int(random.integers(2, 5))
        pixels = random.integers(90, 110, (height, width, 3)).astype(np.uint8)
        rows: list[Row] = []
        empty = i + 1 == len(SPLITS) or SPLITS[i + 1] != split
        for y, x in np.ndindex(height // 32, width // 32):
            if empty or random.random() < 0.3:
                continue
            x0, y0 = 32 * x + int(random.integers(2, 10)), 32 * y + int(random.integers(2, 10))
            x1, y1 = x0 + int(random.integers(6, 20)), y0 + int(random.integers(6, 20))
            place = int(random.integers(3)) if rows else i % 3
            rows.append((place, x0, y0, x1, y1))
            pixels[y0:y1, x0:x1] = COLOURS[place]
        made.append(Made(name=f"scene_{i:02d}", split=split, pixels=pixels, rows=tuple(rows)))
    return made


def save(made: Made, folder: Path) -> Path:
    """Save a picture as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(made.pixels).save(folder / f"{made.name}.png")
    return folder / f"{made.name}.png"


def coco_document(made: list[Made], *, outlines: bool = True) -> dict[str, object]:
    """Describe pictures as COCO does, with gaps in the ids."""
    images = [
        {"id": 10 * i, "file_name": f"{one.name}.png", "height": one.pixels.shape[0], "width": one.pixels.shape[1]}
        for i, one in enumerate(made)
    ]
    annotations = [
        {
            "id": 7 * len(made) * i + k,
            "image_id": 10 * i,
            "category_id": 3 + 5 * place,
            "bbox": [x0, y0, x1 - x0, y1 - y0],
            "area": (x1 - x0) * (y1 - y0),
            "iscrowd": 0,
            **({"segmentation": [[x0, y0, x1, y0, x1, y1, x0, y1]]} if outlines else {}),
        }
        for i, one in enumerate(made)
        for k, (place, x0, y0, x1, y1) in enumerate(one.rows)
    ]
    categories = [{"id": 3 + 5 * place, "name": name} for place, name in enumerate(CLASSES)]
    return {"info": {}, "images": images, "annotations": annotations, "categories": categories}


def write_coco(made: list[Made], root: Path) -> None:
    """Write annotations/instances_train2017.json and its like, pictures in train2017 and its like."""
    (root / "annotations").mkdir(parents=True)
    for split in WORDS:
        part = [one for one in made if one.split == split]
        for one in part:
            save(one, root / f"{split}2017")
        (root / "annotations" / f"instances_{split}2017.json").write_text(json.dumps(coco_document(part)))


def write_coco_flat(made: list[Made], root: Path) -> None:
    """Write train.json and its like beside one folder images."""
    for one in made:
        save(one, root / "images")
    for split in WORDS:
        part = [one for one in made if one.split == split]
        (root / f"{split}.json").write_text(json.dumps(coco_document(part)))


def write_roboflow(made: list[Made], root: Path) -> None:
    """Write train/_annotations.coco.json and its like among their pictures."""
    for split, folder in (("train", "train"), ("val", "valid"), ("test", "test")):
        part = [one for one in made if one.split == split]
        for one in part:
            save(one, root / folder)
        (root / folder / "_annotations.coco.json").write_text(json.dumps(coco_document(part)))


def voc_xml(made: Made, *, from_one: bool = True) -> str:
    """Describe a picture as VOC does: pixels counted from 1, both corners included."""
    first = int(from_one)
    objects = "".join(
        f"<object><name>{CLASSES[place]}</name><difficult>0</difficult><bndbox><xmin>{x0 + first}</xmin>"
        f"<ymin>{y0 + first}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox></object>"
        for place, x0, y0, x1, y1 in made.rows
    )
    height, width = made.pixels.shape[:2]
    size = f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
    return f"<annotation><filename>{made.name}.png</filename>{size}{objects}</annotation>"


def write_voc(made: list[Made], root: Path) -> None:
    """Write Annotations, JPEGImages, SegmentationClass with VOC's palette, and ImageSets for both."""
    (root / "Annotations").mkdir(parents=True)
    (root / "SegmentationClass").mkdir()
    for kind in ("Main", "Segmentation"):
        (root / "ImageSets" / kind).mkdir(parents=True)
        for split in WORDS:
            names = [one.name for one in made if one.split == split]
            (root / "ImageSets" / kind / f"{split}.txt").write_text("\n".join(names) + "\n")
    for one in made:
        save(one, root / "JPEGImages")
        (root / "Annotations" / f"{one.name}.xml").write_text(voc_xml(one))
        mask = Image.fromarray(one.mask).convert("P")
        mask.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0])
        mask.save(root / "SegmentationClass" / f"{one.name}.png")


def yolo_lines(made: Made, *, outlines: bool = False) -> str:
    """Describe a picture as YOLO does: by centre and size, or by outlines, in shares of its sides."""
    height, width = made.pixels.shape[:2]
    lines = []
    for place, x0, y0, x1, y1 in made.rows:
        if outlines:
            points = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
            lines.append(f"{place} " + " ".join(f"{x / width:.6f} {y / height:.6f}" for x, y in points))
        else:
            box = ((x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height)
            lines.append(f"{place} " + " ".join(f"{side:.6f}" for side in box))
    return "\n".join(lines)


def write_yolo(made: list[Made], root: Path, *, outlines: bool = True) -> None:
    """Write data.yaml, images/train and its like, labels/train and its like; no label file where nothing is."""
    for one in made:
        save(one, root / "images" / one.split)
        (root / "labels" / one.split).mkdir(parents=True, exist_ok=True)
        if one.rows:
            (root / "labels" / one.split / f"{one.name}.txt").write_text(yolo_lines(one, outlines=outlines))
    names = "".join(f"\n  {i}: {name}" for i, name in enumerate(CLASSES))
    entries = "".join(f"{split}: images/{split}\n" for split in WORDS)
    (root / "data.yaml").write_text(f"path: ../datasets/scenes\n{entries}names:{names}\n")


def write_masks(made: list[Made], root: Path) -> None:
    """Write train/images, train/masks and their like, and classes.txt."""
    for one in made:
        save(one, root / one.split / "images")
        (root / one.split / "masks").mkdir(parents=True, exist_ok=True)
        Image.fromarray(one.mask).save(root / one.split / "masks" / f"{one.name}.png")
    (root / "classes.txt").write_text("\n".join(("background", *CLASSES)))


WRITERS: dict[str, tuple[str, Callable[[list[Made], Path], None]]] = {
    "coco": ("coco", write_coco),
    "coco-flat": ("coco", write_coco_flat),
    "roboflow": ("coco", write_roboflow),
    "voc": ("voc", write_voc),
    "yolo": ("yolo", write_yolo),
    "yolo-boxes": ("yolo", partial(write_yolo, outlines=False)),
    "masks": ("masks", write_masks),
}
