"""How near is near enough: each tolerance with its unit and its reason."""

# The closed form of the skin model was fitted to the table that it is held against: ΔE 0.25.
MODEL_LAB = 0.35  # L*, a* or b*; the table is rounded to 0.1
MODEL_ITA = 0.6  # degrees
MODEL_DIRECTION = 0.02  # components of a unit vector

INVERSION = 1e-6  # relative, of pigments found again in their own color
INJECTED = 0.05  # relative: the mean of a field is not quite the field of the mean color
INJECTED_RELIEF = 1.0  # percent points of relief: its band is not quite the structure scaled
CODE = 0.51  # 8-bit codes: rounding
POINT_PX = 0.05  # px, of a marked point after a simulated pose

# Unmixing takes the directions of the median tone; skin around it differs by a few degrees of ITA.
UNMIXED = 0.03  # relative, of a* or L*
LEAK = 0.03  # of the other chromophore's change
A_STAR_NOISE = 0.02  # a*: what rounding and the blur of reduced maps leave
L_STAR_NOISE = 0.02  # L*
TEXTURE_PERCENT = 2.0  # percent points: bands are not quite separate, edges not quite skin
ALIGNED_PX = 0.3  # px of the grid, median over the skin
EXACT = 1e-6  # relative: what swapping the photos may leave

# Corners of a color card, in widths of the card: 0.001 in most scenes; a patch is 0.13 wide.
CARD_CORNER = 0.01
# Entries of the matrix a card gives: 8-bit codes of 24 patches fix them to 0.01; cyan, which linear
# sRGB cannot hold, is drawn 5 % too bright in red.
CARD_MATRIX = 0.04
# Light of one end of a card over the other: the edges of patches count a little.
CARD_LIGHT = 0.06
