"""The arguments of a component or resource as they go to the engine."""

from collections.abc import Collection, Mapping
from typing import Any

import pulumi

from ..rules.arguments import engine_name


def in_the_engines_words(args: Mapping[str, Any], secrets: Collection[str] = ()) -> dict[str, Any]:
    """What is given, by its names in the schema. The engine keeps it in the state: `secrets` go there as secrets.

    Nothing for what was left out: Pulumi makes an output of each, and looks at all that wait whenever one is ready.
    """
    return {
        engine_name(key): pulumi.Output.secret(value) if key in secrets else value
        for key, value in args.items()
        if value is not None
    }
