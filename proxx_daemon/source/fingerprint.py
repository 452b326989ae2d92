"""What stands for content: digests, and the names of the ways in which they are made."""

from typing import Annotated, Final

from attrs import frozen

#: Name of the way in which sources are fingerprinted; a change of the way is a new name.
SOURCE_METHOD: Final = "proxx-source-1"
#: likewise for camera RAW, which nobody but Resolve can look into
RAW_SOURCE_METHOD: Final = "proxx-raw-1"
#: Outputs are hashed whole.
OUTPUT_METHOD: Final = "sha256"
#: Content of sources, on request: XXH3 with 128 bits, as ASC MHL names it.
CONTENT_METHOD: Final = "xxh128"
#: Name of the way in which source, profile and rate rule make one fingerprint.
TRANSFORMATION_METHOD: Final = "proxx-transformation-1"


@frozen(kw_only=True)
class Fingerprint:
    """A digest and what it was taken of."""

    method: Annotated[str, "How it was made, as `sha256`."]
    value: Annotated[str, "The digest in lower-case hex."]
