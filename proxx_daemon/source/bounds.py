"""What FFmpeg and ffprobe may open and allocate: bounds that only hostile files exceed."""

from typing import Final

#: pixels of one picture, 16384 x 8192: four times 8K UHD, nearly twice the 12K of today's
#: largest cinema cameras. A file that claims more is refused before anything runs.
MAX_PIXELS: Final = 16384 * 8192
#: bytes of one block that FFmpeg may allocate: a picture of that size with four channels of 16
#: bits takes one of these
MAX_BLOCK_BYTES: Final = 8 * MAX_PIXELS
#: options for FFmpeg and ffprobe of every supported version
ARGUMENTS: Final = ("-max_alloc", str(MAX_BLOCK_BYTES))
#: the same for a decoder; must be before its input
DECODER_ARGUMENTS: Final = ("-max_pixels", str(MAX_PIXELS))
#: Demuxers that open one file and nothing else. Playlists (hls, dash, concat, image2, imf)
#: are left out: a playlist that is named .mov must not make the probe read other files.
SELF_CONTAINED: Final = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mxf,mpegts,avi,mpeg,mpegvideo,flv,asf,ogg,wav,w64,"
    "aiff,caf,gif,nut,dv,r3d,gxf,lxf,ivf,obu,h264,hevc,m4v,mjpeg,mp3,aac,ac3,eac3,flac,rm,swf,"
    "y4m,yuv4mpegpipe,wtv,amr,au,dnxhd,vc1,av1,apng"
)
