"""Build hook: puts `rules/` and its compiled form into the wheel.

Lives outside the package because it runs while the package is being built. It checks the catalog on the way, so that a
wrong entry fails the build and not a user's run.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RulesHook(BuildHookInterface[Any]):
    """Adds `planguard/_rules` (the YAML) and `planguard/_compiled` (what is read at start) to a wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """An editable install reads `rules/` where it lies and compiles on first use: nothing to add."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        from planguard.bundled import compile_rules
        from planguard.catalog.schema import check_resources

        self._scratch = tempfile.TemporaryDirectory()
        compile_rules(self._scratch.name, root / "rules", {"resources": check_resources})
        build_data["force_include"][str(root / "rules")] = "planguard/_rules"
        build_data["force_include"][self._scratch.name] = "planguard/_compiled"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Drops the scratch directory once its content is in the wheel."""
        scratch = getattr(self, "_scratch", None)
        if scratch is not None:
            scratch.cleanup()
