"""Which versions of a model are served."""

from collections.abc import Iterator

from ..rules.problems import Problem
from .layout import ModelFolder
from .pbtxt import Config


def served_versions(config: Config | None, model: ModelFolder) -> tuple[int, ...]:
    """The latest one, unless the version policy says otherwise; an empty policy means all."""
    if config is None or not config.message.HasField("version_policy"):
        return model.versions[-1:]
    policy = config.message.version_policy
    if policy.HasField("latest"):
        return model.versions[-policy.latest.num_versions :] if policy.latest.num_versions else ()
    if policy.HasField("specific"):
        wanted = set(policy.specific.versions)
        return tuple(version for version in model.versions if version in wanted)
    return model.versions


def version_problems(config: Config, model: ModelFolder) -> Iterator[Problem]:
    policy = config.message.version_policy
    if policy.HasField("latest") and policy.latest.num_versions == 0:
        yield config.problem(
            ("version_policy", "latest"),
            "'latest' must say how many versions to serve (Triton takes a missing number for 0)",
            "write latest { num_versions: 1 }",
            "version-policy",
        )
    if policy.HasField("specific"):
        if not policy.specific.versions:
            yield config.problem(
                ("version_policy", "specific"),
                "'specific' must list the versions to serve (lists none)",
                "write specific { versions: [ 1 ] }",
                "version-policy",
            )
        for index, version in enumerate(policy.specific.versions):
            if version not in model.versions:
                yield config.problem(
                    ("version_policy", "specific", "versions", index),
                    f"every version to serve must be there (there is no {version}, "
                    f"only {', '.join(map(str, model.versions))})",
                    "add its folder, or take it off the list; Triton would drop it with no more than a log line",
                    "version-policy",
                )
