"""Prints the pulumi-plugin.json of every installed package that ships one: what GetRequiredPackages answers from."""

import importlib.metadata
import json
import pathlib

found = {}
for dist in importlib.metadata.distributions():
    for file in dist.files or ():
        if file.name == "pulumi-plugin.json" and len(file.parts) == 2:
            path = pathlib.Path(str(dist.locate_file(file)))
            if path.is_file():
                found[dist.metadata["Name"].lower()] = json.loads(path.read_text())
print(json.dumps([found[name] for name in sorted(found)]))
