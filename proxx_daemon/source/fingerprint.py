"""Fingerprints: digests, and the names of the methods that make them."""

from typing import Annotated, Final

from attrs import frozen

#: Name of the method for sources; a change of the method needs a new name.
SOURCE_METHOD: Final = "proxx-source-1"
#: the same for camera RAW, which only Resolve can decode
RAW_SOURCE_METHOD: Final = "proxx-raw-1"
#: Outputs are hashed whole.
OUTPUT_METHOD: Final = "sha256"
#: Content of sources, on request: XXH3 with 128 bits, as ASC MHL names it.
CONTENT_METHOD: Final = "xxh128"
#: Name of the method that makes one fingerprint of source, profile and rate rule; a version of
#: Proxx that makes other bytes of the same three needs a new name, too.
TRANSFORMATION_METHOD: Final = "proxx-transformation-2"


@frozen(kw_only=True)
class Fingerprint:
    """A digest and what it was taken of."""

    method: Annotated[str, "How it was made, as `sha256`."]
    value: Annotated[str, "The digest in lower-case hex."]
