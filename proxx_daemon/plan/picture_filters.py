"""FFmpeg's filter chain for the picture: timing, fields, size, shape and colour labels."""

from proxx_daemon.jobspec import frame_rate
from proxx_daemon.plan.frames import Timing, proxy_size
from proxx_daemon.profiles.profile import CanonicalProfile, FfmpegRecipe
from proxx_daemon.profiles.relink_rules import DEINTERLACED, KEPT
from proxx_daemon.source import colour
from proxx_daemon.source.media import FieldOrder, Source

#: FFmpeg's words for the field order in `setfield` and `bwdif`
_PARITY = {FieldOrder.TOP_FIRST: "tff", FieldOrder.BOTTOM_FIRST: "bff"}


def keeps_fields(profile: CanonicalProfile, source: Source) -> bool:
    """Whether the proxy of a source has fields."""
    interlaced = source.field_order is not FieldOrder.PROGRESSIVE
    return interlaced and profile.relink.field_order == KEPT


def chain(profile: CanonicalProfile, recipe: FfmpegRecipe, source: Source, when: Timing) -> str:
    """Return the filter chain for one source. FFmpeg turns a rotated picture upright before it."""
    fields = keeps_fields(profile, source)
    return ",".join(
        [
            *_fields(profile, source),
            *_times(source, when),
            *_size(profile, source, fields=fields),
            f"format=pix_fmts={recipe.pixel_format}",
            _labels(profile, source),
            # The encoder is told what comes out: single frames of a source may be labelled
            # otherwise.
            f"setfield={_PARITY[source.field_order]}" if fields else "setfield=prog",
        ]
    )


def _fields(profile: CanonicalProfile, source: Source) -> tuple[str, ...]:
    parity = _PARITY.get(source.field_order)
    if parity is None or profile.relink.field_order != DEINTERLACED:
        return ()
    # One frame for one frame: the count stays that of the source.
    return (f"setfield={parity}", f"bwdif=mode=send_frame:parity={parity}:deint=all")


def _times(source: Source, when: Timing) -> tuple[str, ...]:
    if when.rate is None:
        return ()
    if not source.constant_rate or when.rate != source.rate:
        return (f"fps=fps={frame_rate.fraction_text(when.rate)}:round=near",)
    # Frames are numbered, not rounded: Matroska's milliseconds put two of them onto one tick
    # when the picture starts half a frame after the sound.
    numbered = (f"settb=expr={frame_rate.fraction_text(1 / when.rate)}", "setpts=expr=STARTPTS+N")
    if source.footage.declared_rate() == when.rate:
        return numbered
    # MXF and encoders take FFmpeg's guess of the rate. This changes the guess and no frame.
    return (*numbered, f"fps=fps={frame_rate.fraction_text(when.rate)}:round=near")


def _size(profile: CanonicalProfile, source: Source, *, fields: bool) -> tuple[str, ...]:
    width, height = proxy_size(source.footage, profile.scaling)
    scale = f"scale=w={width}:h={height}:flags={profile.scaling.flags}"
    # Fields are scaled separately, or their chroma mixes.
    scale += ":interl=1" if fields else ""
    # Proxies have limited range: FFmpeg 5 converts full-range sources on its own, 8 does not.
    scale += f":out_range={colour.LIMITED}"
    if colour.is_rgb(source.footage):
        # Y'CbCr needs a matrix, and FFmpeg's default is BT.601.
        scale += f":out_color_matrix={colour.RGB_MATRIX}"
        neutral: tuple[str, ...] = ()
    else:
        # FFmpeg 8 refuses to scale pictures with a label that it cannot convert, though from
        # Y'CbCr to Y'CbCr no conversion is needed. The labels are set again afterwards.
        neutral = ("setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown",)
    aspect = source.footage.upright_aspect()
    # Rounding to even sizes must not change the shape of the pixels.
    shape = (
        ()
        if aspect is None
        else (f"setsar=sar={aspect.numerator}/{aspect.denominator}:max=100000",)
    )
    return (*neutral, scale, *shape)


def _labels(profile: CanonicalProfile, source: Source) -> str:
    label = colour.carried(source.footage, profile.container)
    return (
        f"setparams=color_primaries={label.primaries or 'unknown'}"
        f":color_trc={label.transfer or 'unknown'}"
        f":colorspace={label.matrix or 'unknown'}"
        f":range={label.range}"
    )
