"""Images by digest, out of known registries, and no Triton with known holes."""

import pytest
from parts.policy_rules import DIGEST, judged
from triton_policies.images import full_name
from triton_policies.kinds import (
    DOCKER_CONTAINER,
    DOCKER_IMAGE,
    ENVIRONMENT_IMAGE,
    GPU_CLUSTER,
    LOCAL_WEBSERVICE,
    WEBSERVICE,
)
from triton_policies.rule import UNKNOWN

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
CRON_JOB = "kubernetes:batch/v1:CronJob"
TRITON = f"nvcr.io/nvidia/tritonserver:26.09-py3{DIGEST}"


def deployment(*images, **pod):
    return {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image} for image in images], **pod}}}}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (WEBSERVICE, {"tritonImage": TRITON, "gatewayImage": UNKNOWN, "model": f"team.azurecr.io/digits{DIGEST}"}),
        (LOCAL_WEBSERVICE, {"model": f"oci-layout:///home/me/models/digits{DIGEST}"}),
        (ENVIRONMENT_IMAGE, {"baseImage": f"docker.io/library/python:3.11-slim{DIGEST}"}),
        (WEBSERVICE, {"model": f"registry-not-made-yet.invalid/digits{DIGEST}"}),
        (DEPLOYMENT, deployment(TRITON)),
        (DEPLOYMENT, {"spec": UNKNOWN}),
        (DEPLOYMENT, {"spec": {"template": {"spec": {"containers": UNKNOWN}}}}),
        (DEPLOYMENT, {"spec": {"template": {"spec": {"containers": [UNKNOWN]}}}}),
        (DOCKER_CONTAINER, {"image": "sha256:" + "a" * 64}),
        (DOCKER_IMAGE, {"name": "environment", "build": {"context": "."}}),
    ],
)
def test_images_by_digest_pass(kind, given):
    assert judged("images-by-digest", kind, given) == []
    assert judged("image-registries", kind, given) == []


@pytest.mark.parametrize(
    ("kind", "given", "places"),
    [
        (
            DEPLOYMENT,
            deployment("nginx:1.29", initContainers=[{"image": "busybox"}, {"image": TRITON}]),
            ["spec.template.spec.initContainers[0].image", "spec.template.spec.containers[0].image"],
        ),
        (
            DEPLOYMENT,
            deployment(TRITON, volumes=[{"name": "w"}, {"image": {"reference": "team.azurecr.io/digits:1"}}]),
            ["spec.template.spec.volumes[1].image.reference"],
        ),
        (
            CRON_JOB,
            {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"image": "a/b:latest"}]}}}}}},
            ["spec.jobTemplate.spec.template.spec.containers[0].image"],
        ),
        ("kubernetes:core/v1:Pod", {"spec": {"containers": [{"image": "a"}]}}, ["spec.containers[0].image"]),
        (WEBSERVICE, {"tritonImage": "nvcr.io/nvidia/tritonserver:26.09-py3"}, ["tritonImage"]),
        (GPU_CLUSTER, {"devicePluginImage": "nvcr.io/nvidia/k8s-device-plugin:v0.19.0"}, ["devicePluginImage"]),
        (ENVIRONMENT_IMAGE, {"baseImage": "docker.io/library/python:3.11-slim"}, ["baseImage"]),
        (DOCKER_CONTAINER, {"image": "nginx:latest"}, ["image"]),
        (DOCKER_IMAGE, {"name": "nginx:latest"}, ["name"]),
    ],
)
def test_images_by_tag_are_refused_wherever_they_stand(kind, given, places):
    told = judged("images-by-digest", kind, given)
    assert [sentence.split("'")[1] for sentence in told] == places
    assert all("imagetools inspect" in sentence for sentence in told)


@pytest.mark.parametrize(
    ("image", "allowed"),
    [
        ("nvcr.io/nvidia/tritonserver:26.09-py3", ["nvcr.io/nvidia"]),
        ("nvcr.io/nvidia/tritonserver", ["nvcr.io"]),
        ("team.azurecr.io/a/b", ["*.azurecr.io"]),
        ("nginx", ["docker.io/library"]),
        ("envoyproxy/envoy:v1", ["docker.io/envoyproxy/"]),
        ("registry.example.com:5000/a:1", ["registry.example.com:5000"]),
        ("127.0.0.1:5000/a:1", ["loopback"]),
        ("localhost:5000/a", ["loopback"]),
        ("[::1]:5000/a", ["loopback"]),
    ],
)
def test_images_of_allowed_registries_pass(image, allowed):
    assert judged("image-registries", WEBSERVICE, {"tritonImage": image + DIGEST}, allowed=allowed) == []


@pytest.mark.parametrize(
    ("image", "allowed"),
    [
        ("nvcr.io/nvidia-look-alike/tritonserver", ["nvcr.io/nvidia"]),
        ("nvcr.io.example.com/nvidia/tritonserver", ["nvcr.io"]),
        ("azurecr.io/a", ["*.azurecr.io"]),
        ("team.evil.azurecr.io/a", ["*.azurecr.io"]),
        ("team.azurecr.io.example.com/a", ["*.azurecr.io"]),
        ("registry.example.com/a", ["registry.example.com:5000"]),
        ("nginx", ["nvcr.io"]),
        ("127.0.0.1.example.com/a", ["loopback"]),
        ("nvcr.io/nvidia/tritonserver", []),
    ],
)
def test_look_alikes_of_allowed_registries_are_refused(image, allowed):
    (told,) = judged("image-registries", WEBSERVICE, {"tritonImage": image + DIGEST}, allowed=allowed)
    assert told.startswith("'tritonImage' must come out of ")
    assert image in told


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("nginx", "docker.io/library/nginx"),
        ("nginx:1.29", "docker.io/library/nginx"),
        ("team/image:1", "docker.io/team/image"),
        ("localhost/image", "localhost/image"),
        ("host:5000/image:1", "host:5000/image"),
        (f"host.example.com/a/b{DIGEST}", "host.example.com/a/b"),
    ],
)
def test_short_names_mean_what_container_runtimes_take_them_for(image, name):
    assert full_name(image) == name


@pytest.mark.parametrize("tag", ["26.07-py3", "26.09-py3-min", "27.01-py3"])
def test_releases_of_triton_from_the_floor_on_pass(tag):
    assert judged("triton-release", WEBSERVICE, {"tritonImage": f"nvcr.io/nvidia/tritonserver:{tag}{DIGEST}"}) == []


@pytest.mark.parametrize("image", ["nvcr.io/nvidia/tritonserver:26.06-py3", "team.azurecr.io/tritonserver:23.12-py3"])
def test_releases_of_triton_with_known_holes_are_refused_wherever_they_run(image):
    (told,) = judged("triton-release", DEPLOYMENT, deployment(image + DIGEST))
    assert "must be Triton 26.07 or later" in told


def test_the_floor_of_triton_can_be_raised_and_a_digest_alone_tells_no_release():
    assert judged("triton-release", WEBSERVICE, {"tritonImage": TRITON}, minimum="26.10") != []
    assert judged("triton-release", WEBSERVICE, {"tritonImage": f"nvcr.io/nvidia/tritonserver{DIGEST}"}) == []
