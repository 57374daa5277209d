"""The official archive of CIFAR-10, for `make data`."""

import sys

import pooch

from engine.run.images import SHA256, archive

ORIGINS = (
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "https://dataset.bj.bcebos.com/cifar/cifar-10-python.tar.gz",  # byte-identical; the official host is throttled
)


def download() -> bool:
    """Get the archive into Keras's own cache, unless it is there. Returns whether it is there now."""
    path = archive()
    for origin in ORIGINS:
        try:
            pooch.retrieve(origin, f"sha256:{SHA256}", path.name, path.parent, progressbar=True)
            return True
        except (OSError, ValueError) as error:  # of the network (requests' are OSErrors), of the digest
            print(f"{origin}: {error}", file=sys.stderr)
    return False
