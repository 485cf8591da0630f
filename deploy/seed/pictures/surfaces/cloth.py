"""Any cloth by the name a motif gives it: a weave, or a dyed pattern on plain cloth."""

import random

from PIL import Image

from deploy.seed.pictures.kit.paint import RGB
from deploy.seed.pictures.surfaces import dyed, weave


def cloth(
    size: tuple[int, int], surface: str, colours: tuple[RGB, ...], rng: random.Random, scale: float
) -> Image.Image:
    """Cloth seen flat; `scale` is pixels to a scene unit."""
    painter = weave.WEAVES.get(surface)
    return painter(size, colours, rng, scale) if painter else dyed.dyed(size, surface, colours, rng, scale)
