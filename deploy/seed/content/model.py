"""The shapes that seeded shops and listings are written in.

Owns the data classes only. The words are in one module for each shop, the drawing in `deploy/seed/pictures`, and
writing to the database in `deploy/seed/run`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Category:
    slug: str
    name: str
    blurb: str
    """One sentence under the heading of the category's page."""


@dataclass(frozen=True, slots=True)
class Shop:
    slug: str
    name: str
    owner_name: str
    tagline: str
    story: str
    """Two or three paragraphs, parted by a blank line."""
    city: str
    region: str
    """ISO 3166-2 subdivision without its country: ME, OAX, QC."""
    country: str
    """ISO 3166-1 alpha-2: US, CA or MX."""
    postal_code: str
    street: str
    currency: str
    palette: tuple[str, ...]
    """Hex colours that its pictures share: backdrop, surface, then two or three accents."""
    ships_from: str
    """What a buyer reads: town and region."""
    shipping_first_minor: int
    """Flat price for the first piece of a parcel within the shop's own country, in minor units of `currency`."""
    shipping_additional_minor: int
    abroad_first_minor: int
    abroad_additional_minor: int
    handling_days: int
    """Working days from a ready piece to the courier."""


@dataclass(frozen=True, slots=True)
class Motif:
    """What the picture shows. `kind` names the drawing; the rest tells one piece from the next.

    Which `form`s, `surface`s and `detail`s a kind understands is documented beside its drawing.
    """

    kind: str
    form: str = ""
    surface: str = ""
    colours: tuple[str, ...] = ()
    """Hex colours of the piece, main one first."""
    proportion: float = 1.0
    """Height against the form's usual height: 1.3 is slender, 0.8 is squat."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    view: int
    """0 the whole piece, 1 its texture close up, 2 in a scene that shows its size."""
    alt: str


@dataclass(frozen=True, slots=True)
class Listing:
    shop: str
    category: str
    slug: str
    title: str
    description: str
    """Two paragraphs, parted by a blank line."""
    materials: tuple[str, ...]
    price_minor: int
    """In minor units of the shop's currency."""
    stock: int
    """1 is one of a kind."""
    lead_time_days: int
    """0 is ready to ship."""
    weight_grams: int
    """Packed for the courier."""
    dimensions: str
    motif: Motif
    pictures: tuple[Picture, ...]
    drawn_as: str = ""
    """Slug of the listing whose pictures this one shows; empty for a listing that has its own."""


def paragraphs(*parts: str) -> str:
    """Join paragraphs the way `story` and `description` keep them."""
    return "\n\n".join(parts)


def views(whole: str, texture: str = "", scene: str = "") -> tuple[Picture, ...]:
    """Pictures with their alt texts; a view without words is not drawn."""
    return tuple(Picture(view, alt) for view, alt in enumerate((whole, texture, scene)) if alt)
