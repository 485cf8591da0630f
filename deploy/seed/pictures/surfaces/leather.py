"""Vegetable-tanned leather as a flat texture, and seams."""

import random

from PIL import Image

from deploy.seed.pictures.kit.paint import RGB, clouds, darken, levels, lighten, lit, noise, ramp


def hide(size: tuple[int, int], colour: RGB, rng: random.Random, scale: float) -> Image.Image:
    """Grain side: pores, pull-up clouds, the odd healed scratch."""
    pull = clouds(size, 130 * scale, rng)
    image = ramp(pull, ((0.0, darken(colour, 0.13)), (0.5, colour), (1.0, lighten(colour, 0.09))))
    pores = noise(size, 2.6 * scale, 2.6 * scale, rng)
    image = lit(image, Image.blend(Image.new("L", size, 128), pores, 0.11))
    deep = levels(noise(size, 1.6 * scale, 1.6 * scale, rng), 205, 255)
    image.paste(darken(colour, 0.5), (0, 0), deep.point([round(v * 0.35) for v in range(256)]))
    return image
