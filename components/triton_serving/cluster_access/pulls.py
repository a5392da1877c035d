"""Why an image does not come: what a kubelet says of it, in plain words."""

import re

from .trouble import Hope, Trouble, title_of

REASONS = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError")
_REFERENCE = re.compile(r'image "([^"]+)"')
_DENIED = re.compile(r"unauthorized|\b401\b|\b403\b|forbidden|authentication required|denied|no basic auth", re.I)
_MISSING = re.compile(r"NotFound|: not found|manifest unknown|name unknown", re.I)
_PLATFORM = re.compile(r"no match for platform", re.I)
_PLAIN_HTTP = re.compile(r"server gave HTTP response to HTTPS client")
_CERTIFICATE = re.compile(r"x509:")


def pull_trouble(container: str, image: str, message: str) -> Trouble:
    """`image` is the container's own. Its status also tells of the image that is mounted as the model."""
    found = _REFERENCE.search(message)
    reference = found.group(1) if found else image
    whose = f"the image of {title_of(container)}" if reference == image else "the model's image"
    subject = f"{whose}, {reference},"
    if _DENIED.search(message):
        return Trouble(
            f"{subject} may not be read by this cluster, or does not exist",
            "let the cluster read the registry ('az aks update --attach-acr', for AKS), or name a secret that can by "
            "image_pull_secrets",
            Hope.LITTLE,
        )
    if _PLATFORM.search(message):
        return Trouble(
            f"{subject} is not made for the processors of the node", "choose other nodes by node_selector", Hope.LITTLE
        )
    if _MISSING.search(message):
        return Trouble(f"{subject} is not in its registry", "push it again, or correct its reference", Hope.LITTLE)
    if _PLAIN_HTTP.search(message) or _CERTIFICATE.search(message):
        return Trouble(
            f"{subject} lies in a registry whose TLS the node does not accept: {_last(message)}",
            "have the registry speak TLS with a certificate that nodes trust, or tell the nodes' containerd about it",
            Hope.LITTLE,
        )
    if "InvalidImageName" in message:
        return Trouble(f"{subject} is no reference of an image", "correct it", Hope.NONE)
    return Trouble(
        f"{subject} cannot be pulled: {_last(message)}",
        "see that the nodes reach the registry; it is tried again all the time",
        Hope.SOME,
    )


def _last(message: str) -> str:
    """The end of a message that repeats the reference at every colon."""
    return ": ".join(message.split(": ")[-2:])
