"""What `poolhouse dev` knows about itself and its pages show; the demo's part is also what dev.json holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DevFacts:
    """`demo` has the members of dev.json that exist only with `--seed demo`; empty without."""

    version: str = ""
    data_folder: str = ""
    demo: Mapping[str, str] = field(default_factory=dict)
