"""EnvironmentImage in Pulumi's package schema."""

from typing import Any

from .schema import LIST, SWITCH, TEXT, TEXTS, described

SCHEMA: dict[str, Any] = {
    "description": "The packages of an entry script as an image in a registry, with the scoring server. "
    "Made by ScoringEnvironment, which is what programs should declare. All but name and registry updates in place.",
    "inputProperties": {
        "name": described(TEXT, "The image's name below the registry.", replaces=True),
        "registry": described(TEXT, "Where the image goes, such as registry.example.com/team.", replaces=True),
        "baseImage": described(TEXT, "The image below, best by digest. A tag is looked up once."),
        "curated": described(TEXT, "What is there anyway: AzureML-Triton, or none."),
        "condaFile": described(TEXT, "Azure ML's conda_dependencies.yml."),
        "pipPackages": described(LIST, "Packages as pip takes them, such as nltk==3.9.2."),
        "requirementsFile": described(TEXT, "A file with more of them, with or without hashes."),
        "pythonVersion": described(TEXT, "Which Python, such as 3.11; the base must have it."),
        "environmentVariables": described(TEXTS, "Variables of the entry script's processes. None is in the image."),
        "description": described(TEXT, "What the environment is for."),
        "allowPlainHttp": described(SWITCH, "Talk to registries that are not on this machine without encryption."),
    },
    "properties": {
        "name": described(TEXT, "The image's name."),
        "registry": described(TEXT, "Where the image is."),
        "imageRef": described(TEXT, "The image by digest."),
        "packages": described(LIST, "What is in it, name==version each."),
        "digest": described(TEXT, "Digest of the image: the same for the same content."),
        "base": described(TEXT, "The image below, by digest."),
        "interpreter": described(TEXT, "Where that image has its Python."),
        "python": described(TEXT, "Which Python it is."),
        "requirements": described(LIST, "All packages that were asked for, in one form."),
        "lock": described(TEXTS, "Every package with its version and the hash of its wheel."),
        "layers": described(TEXTS, "What is known of the layers of the packages."),
        "scoringServer": described(TEXT, "The scoring server in it."),
        "history": described(LIST, "Digests that this resource keeps in the registry, the current one last."),
    },
    "required": ["name", "registry", "imageRef", "packages", "digest", "base", "lock", "history"],
}
