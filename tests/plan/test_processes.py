"""The service plan as processes of this machine."""

import pytest
from triton_serving.plan.processes import TritonPlaces, http_threads, triton_process


@pytest.mark.parametrize(("processors", "threads"), [(1, 1), (2, 1), (3, 1), (4, 2), (8, 4), (16, 8), (128, 8)])
def test_triton_reads_requests_with_half_of_the_processors_and_at_most_its_own_eight_threads(
    processors: int, threads: int
) -> None:
    assert http_threads(processors) == threads
    places = TritonPlaces("triton", "models", "temporary", "prefix-", {})
    assert f"--http-thread-count={threads}" in triton_process(places, 8000, 8001, processors).command
