"""How much one picture may be: bounds that no footage reaches and every bomb exceeds."""

from typing import Final

#: pixels of one picture, 16384 x 8192: four times 8K UHD, nearly twice the 12K of today's
#: largest cinema cameras. A file that claims more is refused before anything runs.
MAX_PIXELS: Final = 16384 * 8192
#: bytes of one block that FFmpeg may allocate: a picture of that size with four channels of 16
#: bits takes one of these
MAX_BLOCK_BYTES: Final = 8 * MAX_PIXELS
#: what FFmpeg and ffprobe of every supported version are told
ARGUMENTS: Final = ("-max_alloc", str(MAX_BLOCK_BYTES))
#: the same for a decoder; belongs before the input that it is for
DECODER_ARGUMENTS: Final = ("-max_pixels", str(MAX_PIXELS))
