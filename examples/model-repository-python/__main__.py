"""Registers the digits model and tells under which reference it is served."""

import pulumi
from triton_serving import TritonModelRepository

digits = TritonModelRepository(
    "digits",
    {
        "directory": "../digits/models",
        "name": "digits-from-python",
        "description": "Handwritten digits, 8x8 pixels",
        "tags": {"task": "image-classification"},
        "keep_versions": 3,  # for roll-back; "pinned_version": 1 serves an earlier one again
    },
)

pulumi.export("imageRef", digits.image_ref)
pulumi.export("version", digits.version)
pulumi.export("models", digits.models)
