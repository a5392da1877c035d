"""The environment of an entry script as an image: assembled here, file by file, without Docker.

    conda       what Azure ML's conda_dependencies.yml asks for, as packages of the Python index
    wanted      everything that is asked for together: the curated packages and the caller's own
    lock        the exact wheels, chosen by uv for the platform of the image
    base        the image below: by digest, with the Python that it has
    layers      wheels as layers, made once and kept
    packing     the archive of a layer
    image       manifest and config
    sbom        what is in it, as CycloneDX
    build       all of that in order, taking over what an earlier deployment has found out
    published   the image in a registry: its tags, who holds it, and when it goes

The same request gives the same digest. Nothing in the image depends on the time or the place where it was made.
"""
