"""YAML of strangers: plain data alone, of a bounded size, without aliases that swell."""

from pathlib import Path

import yaml

from striate.data.sources.bounded import MIB, read_bounded

LIMIT = 4 * MIB


def read_yaml(file: Path) -> object:
    """Read a YAML file; raises OSError, or ValueError for one that is damaged, too large, or has aliases."""
    content = read_bounded(file, LIMIT)
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(content, yaml.SafeLoader)):
            raise ValueError("aliases, which are not read")
        return yaml.safe_load(content)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(" ".join(str(error).split())) from error
