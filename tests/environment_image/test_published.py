"""An environment's image in a real registry, while another stack takes the same one away."""

import pytest
from parts.blobs import manifest, random_blob
from parts.docker_registry import DockerRegistry
from triton_serving.environment_image.image import Image
from triton_serving.environment_image.published import publish, sbom_tag, tag_of
from triton_serving.models.oci import digest_of
from triton_serving.models.registry.location import RemoteLocation, read_location
from triton_serving.models.registry.remote import RemoteRegistry
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError


class Withdrawn(RemoteRegistry):
    """Another stack, the last that held the image, deletes it whenever it has just become visible."""

    times = 1

    def put_manifest(self, name: str, reference: str, content: bytes) -> None:
        super().put_manifest(name, reference, content)
        if reference == tag_of(digest_of(content)) and self.times:
            self.times -= 1
            self.delete(name, digest_of(content))


@pytest.fixture
def withdrawn(registry: DockerRegistry) -> Withdrawn:
    location = read_location(f"{registry.url}/team")
    assert isinstance(location, RemoteLocation)
    return Withdrawn(location)


@pytest.fixture
def image() -> Image:
    config = random_blob(100)
    written = manifest(config)
    return Image(digest_of(written), written, config)


def test_an_image_that_another_stack_withdraws_meanwhile_is_there_all_the_same(
    withdrawn: Withdrawn, image: Image
) -> None:
    publish(withdrawn, "scoring", image, [], b"{}", "mine", Work())
    tags = withdrawn.tags("scoring")
    assert sorted(tags) == sorted([tag_of(image.digest), f"{tag_of(image.digest)}.mine", sbom_tag(image.digest)])
    assert not withdrawn.times


def test_one_that_is_taken_away_again_and_again_is_told(withdrawn: Withdrawn, image: Image) -> None:
    withdrawn.times = 1000
    with pytest.raises(UserError, match=rf"scoring does not keep {tag_of(image.digest)}.*taking it away"):
        publish(withdrawn, "scoring", image, [], b"{}", "mine", Work())
