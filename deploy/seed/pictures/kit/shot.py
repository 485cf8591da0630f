"""One photograph: the frame, the camera, and laying things and their shadows on the picture.

Owns coordinates. Motifs work in scene units, 1000 across the frame at zoom 1, so a close-up is the same drawing at
another zoom. Owns no object and no surface.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from deploy.seed.pictures.kit.outline import Point
from deploy.seed.pictures.kit.paint import RGB, enlarged, polygon_mask, scaled, soften

FRAME = 1000.0


@dataclass
class Sprite:
    """A piece of picture: colour, coverage, and where its top left corner lies in pixels."""

    colour: Image.Image
    mask: Image.Image
    left: int
    top: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.left + self.mask.width, self.top + self.mask.height


class Shot:
    """A picture being taken."""

    def __init__(
        self, width: int, height: int, palette: Sequence[RGB], seed: str, zoom: float = 1.0, focus: Point = (500, 500)
    ) -> None:
        self.width, self.height = width, height
        self.palette = tuple(palette)
        self.rng = random.Random(seed)
        self.zoom, self.focus = zoom, focus
        self.scale = zoom * width / FRAME
        """Pixels to a scene unit."""
        self.image = Image.new("RGB", (width, height), self.palette[0])

    def px(self, x: float, y: float) -> Point:
        """A scene point in pixels."""
        return (x - self.focus[0]) * self.scale + self.width / 2, (y - self.focus[1]) * self.scale + self.height / 2

    def path(self, points: Sequence[Point]) -> list[Point]:
        return [self.px(x, y) for x, y in points]

    def box(
        self, left: float, top: float, right: float, bottom: float, margin: float = 0.0
    ) -> tuple[int, int, int, int]:
        """Scene rectangle as whole pixels, cut to the frame."""
        x0, y0 = self.px(left - margin, top - margin)
        x1, y1 = self.px(right + margin, bottom + margin)
        return (
            max(0, int(x0) - 1),
            max(0, int(y0) - 1),
            min(self.width, int(x1) + 2),
            min(self.height, int(y1) + 2),
        )

    def outline(self, *outlines: Sequence[Point], margin: float = 0.0) -> tuple[Image.Image, int, int]:
        """Mask of scene polygons with its corner in pixels, cut to the frame."""
        xs = [x for outline in outlines for x, _ in outline]
        ys = [y for outline in outlines for _, y in outline]
        left, top, right, bottom = self.box(min(xs), min(ys), max(xs), max(ys), margin)
        size = max(1, right - left), max(1, bottom - top)
        moved = [[(x - left, y - top) for x, y in self.path(outline)] for outline in outlines]
        return polygon_mask(size, *moved), left, top

    def place(self, sprite: Sprite) -> None:
        self.image.paste(sprite.colour, (sprite.left, sprite.top), sprite.mask)

    def stain(self, mask: Image.Image, left: int, top: int, colour: RGB, strength: float) -> None:
        """Paint a colour through a mask: shadow, glow or glaze."""
        self.image.paste(colour, (left, top), scaled(mask, strength))

    def drop_shadow(self, sprite: Sprite, reach: float, strength: float = 0.5, rise: float = 0.0) -> None:
        """The shadow of something lying flat; `reach` in scene units, `rise` lifts it off the surface."""
        pad = round((reach * 2.2 + rise) * self.scale)
        width, height = sprite.mask.width + 2 * pad, sprite.mask.height + 2 * pad
        for share, blur, weight in ((1.0, 1.0, strength), (0.28, 0.3, strength * 0.75)):
            offset = (reach * share + rise) * self.scale
            # Soft shadows hold no detail, so they are made at a third of the size.
            small = Image.new("L", (max(2, width // 3), max(2, height // 3)))
            lowered = sprite.mask.resize(
                (max(1, sprite.mask.width // 3), max(1, sprite.mask.height // 3)), Image.Resampling.BOX
            )
            small.paste(lowered, (round((pad + offset * 0.7) / 3), round((pad + offset) / 3)))
            small = small.filter(ImageFilter.GaussianBlur(max(0.5, reach * blur * self.scale / 3)))
            mask = enlarged(small, (width, height))
            self.stain(mask, sprite.left - pad, sprite.top - pad, self.shadow, weight)

    @property
    def shadow(self) -> RGB:
        """Shadows take a little of the backdrop, as they do in a room."""
        red, green, blue = self.palette[0]
        return red // 6, green // 7, blue // 7

    def ellipse_shadow(self, cx: float, cy: float, rx: float, ry: float, blur: float, strength: float) -> None:
        """A soft dark ellipse, in scene units."""
        reach = blur * 2.5
        left, top, right, bottom = self.box(cx - rx, cy - ry, cx + rx, cy + ry, reach)
        if right - left < 2 or bottom - top < 2:
            return
        shrink = 4
        small = Image.new("L", (max(2, (right - left) // shrink), max(2, (bottom - top) // shrink)))
        x0, y0 = self.px(cx - rx, cy - ry)
        x1, y1 = self.px(cx + rx, cy + ry)
        ImageDraw.Draw(small).ellipse(
            ((x0 - left) / shrink, (y0 - top) / shrink, (x1 - left) / shrink, (y1 - top) / shrink), fill=255
        )
        small = soften(small, blur * self.scale / shrink)
        self.stain(enlarged(small, (right - left, bottom - top)), left, top, self.shadow, strength)
