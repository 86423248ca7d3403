"""How to take photos that can be compared: the steps that the guide prints and the docs show."""

from typing import NamedTuple

__all__ = ["STEPS", "Step"]


class Step(NamedTuple):
    """One thing to look after: what to do, and why."""

    title: str
    what: str
    why: str


STEPS = (
    Step(
        "When",
        "Before the first treatment, then not within 14 days after one; for results at 4, 12 and "
        "24 weeks. Always at the same time of day.",
        "Skin that heals is red and swollen, which is no result; redness also follows the hours of "
        "the day.",
    ),
    Step(
        "Rest",
        "Wash, dry, and sit for 15 minutes in a room that is neither hot nor cold. No sport, hot "
        "drink, alcohol or sauna in the two hours before.",
        "Cold, heat, sport and drink redden a face for a while; that looks like any redness.",
    ),
    Step(
        "Bare skin",
        "No make-up, cream or sunscreen. Hair held back, no glasses, shaved as last time.",
        "Cream shines, make-up hides, hair covers: what is not bare cannot be measured.",
    ),
    Step(
        "Light",
        "Face a window without direct sun, or a large lamp behind the camera. Other lamps off, no "
        "flash. The same place and the same lamps each time.",
        "Light from another side changes what texture looks like; another kind of lamp changes the "
        "color of skin in a way that only a color card can take back.",
    ),
    Step(
        "Card",
        "Hold a color card beside the cheek, at the same distance from the camera as the skin, "
        "flat, in the same light, whole in the picture, no finger on a patch.",
        "It tells a change of the skin from a change of the light better than anything else.",
    ),
    Step(
        "Background",
        "A plain wall, the same each time, and the same clothes, grey rather than white; both in "
        "the picture.",
        "Without a card they are what tells the light, and white burns out.",
    ),
    Step(
        "Distance",
        "Main camera on the back, no zoom, 40 to 50 cm away. Mark the places of chair and camera.",
        "From nearer the nose grows, the light changes, and the same skin looks rougher.",
    ),
    Step(
        "Pose",
        "Camera at the height of the eyes, look straight into it, mouth closed, neutral face.",
        "A smile folds the skin and moves the blood; a tilted head is lit otherwise.",
    ),
    Step(
        "Camera",
        "Tap on the face to focus. The same phone and mode; no portrait mode, no filter, no "
        "beauty setting. Keep the original file, not one from a messenger.",
        "Filters smooth what shall be measured, and modes bend the tones.",
    ),
    Step(
        "Three shots",
        "Take three photos, put the phone down in between, and keep them all.",
        "What differs between them is chance: comparing each of them shows how much that is.",
    ),
)
