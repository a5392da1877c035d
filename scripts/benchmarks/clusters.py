"""A cluster that is measured on, and services on it, up through the stack program; gone without a trace afterwards."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from parts.cluster import SharedCluster
from parts.webservices import Webservice
from programs.cluster_images.images import SERVICE, push_images


@dataclass(frozen=True)
class Ready:
    """A cluster, and by their settings' names the images that pods run."""

    cluster: SharedCluster
    images: dict[str, str]


@contextmanager
def running_cluster(folder: Path, images: Collection[str] = SERVICE) -> Iterator[Ready]:
    cluster = SharedCluster(folder / "bench")
    cluster.up()
    try:
        yield Ready(cluster, push_images(cluster.registry, images))
    finally:
        cluster.down()


@contextmanager
def running_webservice(folder: Path, ready: Ready, **settings: object) -> Iterator[Webservice]:
    folder.mkdir()
    service = Webservice(folder, ready.cluster, ready.images).make()
    service.set(**settings)
    service.up().fine()
    yield service
    service.destroy().fine()
