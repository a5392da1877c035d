import json

import pulumi
import pytest
from triton_serving.resources.provider_packages import of_provider


def test_a_package_that_is_there_is_used():
    assert of_provider("json", "kubernetes", "TritonWebservice needs JSON") is json


def test_who_lacks_a_package_is_told_what_needs_it_and_what_brings_it():
    told = r"^TritonWebservice needs more; install it: pip install 'triton-serving\[kubernetes\]'$"
    with pytest.raises(pulumi.RunError, match=told):
        of_provider("pulumi_of_nobody", "kubernetes", "TritonWebservice needs more")
