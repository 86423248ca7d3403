"""ICC profiles written from their definition, so that tests know the truth in closed form."""

import struct

import numpy as np

XY_D65 = (0.3127, 0.3290)
D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
PRIMARIES = {
    "srgb": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    "display-p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    "adobe-rgb": ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
    "prophoto": ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)),
}
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def decode_srgb(code):
    """Linear light of sRGB codes in 0..1."""
    code = np.asarray(code, float)
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def encode_srgb(linear):
    """Codes in 0..1 of linear light, clipped."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def rgb_to_xyz(space):
    """Matrix of a color space, its white moved to D50; columns are the primaries."""
    xyz = np.array([[x / y, 1, (1 - x - y) / y] for x, y in PRIMARIES[space]]).T
    x, y = (0.3457, 0.3585) if space == "prophoto" else XY_D65
    white = np.array([x / y, 1, (1 - x - y) / y])
    matrix = xyz * np.linalg.solve(xyz, white)
    cone = (BRADFORD @ D50) / (BRADFORD @ white)
    return np.linalg.inv(BRADFORD) @ np.diag(cone) @ BRADFORD @ matrix


def to_srgb(codes, space, gamma=None):
    """Closed form: codes of a space in 0..1 to sRGB codes in 0..1 (gamma None = the sRGB curve)."""
    linear = decode_srgb(codes) if gamma is None else np.asarray(codes, float) ** gamma
    return encode_srgb(linear @ (np.linalg.inv(rgb_to_xyz("srgb")) @ rgb_to_xyz(space)).T)


def rgb_profile(space, gamma=None):
    """Matrix profile as bytes."""
    columns = rgb_to_xyz(space).T
    tags = {
        tag: _xyz(column) for tag, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)
    }
    curve = _curve(gamma)
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    return _profile(b"RGB ", b"XYZ ", tags)


def grey_profile(gamma):
    """Grey profile as bytes."""
    return _profile(b"GRAY", b"XYZ ", {b"kTRC": _curve(gamma)})


def cmyk_profile(lab_of_ink):
    """CMYK profile whose 16 corners are given: `lab_of_ink(c, m, y, k)` for inks of 0 or 1."""
    corners = [
        lab_of_ink(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)
    ]
    lab = b"".join(
        bytes([round(L * 255 / 100), round(a) + 128, round(b) + 128]) for L, a, b in corners
    )
    ramp = bytes(range(256))
    identity = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    lut8 = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + 4 * ramp + lab + 3 * ramp
    return _profile(b"CMYK", b"Lab ", {b"A2B0": lut8}, kind=b"prtr")


def _s15(value):
    return struct.pack(">i", round(value * 65536))


def _xyz(value):
    return b"XYZ " + bytes(4) + b"".join(_s15(v) for v in value)


def _curve(gamma):
    if gamma is None:
        return b"para" + bytes(4) + struct.pack(">HH", 3, 0) + b"".join(map(_s15, SRGB_CURVE))
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def _text(value):
    data = value.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(data), 28) + data


def _profile(space, connection, tags, kind=b"mntr"):
    tags = {b"desc": _text("test"), b"cprt": _text("CC0"), b"wtpt": _xyz(D50)} | tags
    offset = 128 + 4 + 12 * len(tags)
    table, body = b"", b""
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, offset + len(body), len(data))
        body += data
    size = offset + len(body)
    header = struct.pack(">I4sI", size, b"lcms", 0x04200000) + kind + space + connection
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(24)
    header += b"".join(_s15(v) for v in D50)
    header = header.ljust(128, b"\0")
    return header + struct.pack(">I", len(tags)) + table + body
