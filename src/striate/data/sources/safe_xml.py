"""XML of strangers: no DTD, so no entities that read files or swell; and of a bounded size."""

from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from striate.data.sources.bounded import read_bounded

MAX_BYTES = 16 * 2**20  # of a file that describes one picture


def read_xml(file: Path) -> Element:
    """Read the root of an XML file; raises OSError, or ValueError for one that is damaged, too large, or has a DTD."""
    content = read_bounded(file, MAX_BYTES)
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return builder.close()


def _refuse(*_: object) -> None:
    raise ValueError("a document type with entities, which is not read")
