"""Bills of materials and what scanners of images and file systems list: CycloneDX, SPDX, Syft, Trivy.

They describe programs, images, devices and whole systems alike. Only a device or an operating system is a machine;
an image is an image, and anything else is no computer.
"""

from fullcount.readers.sbom.cyclonedx import CYCLONEDX
from fullcount.readers.sbom.spdx import SPDX
from fullcount.readers.sbom.syft import SYFT
from fullcount.readers.sbom.trivy import TRIVY

__all__ = ["CYCLONEDX", "SPDX", "SYFT", "TRIVY"]
