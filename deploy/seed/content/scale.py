"""As many more listings as a bench wants, put together from words: believable and deterministic.

Owns the combinations. Each listing shows the pictures of a written one of the same shop (`drawn_as`), so that a million
of them weigh nothing but their rows.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from deploy.seed.content import LISTINGS
from deploy.seed.content.model import Listing, paragraphs


@dataclass(frozen=True, slots=True)
class _Words:
    """What a category's makers say; every list is drawn from independently."""

    finishes: tuple[str, ...]
    occasions: tuple[str, ...]
    makings: tuple[str, ...]
    cares: tuple[str, ...]


_WORDS: dict[str, _Words] = {
    "ceramics": _Words(
        (
            "oat",
            "celadon",
            "tenmoku",
            "slate",
            "chalk",
            "iron red",
            "rutile blue",
            "ash white",
            "moss",
            "shino",
            "ink",
            "honey",
        ),
        ("for two hands", "for the table", "for soup", "for a windowsill", "for guests", "for early mornings"),
        (
            "Thrown on the wheel and trimmed the next morning.",
            "Built from coils and scraped smooth with a rib.",
            "Pinched from one ball of clay.",
            "Thrown in two parts and joined while leather-hard.",
            "Pressed over a plaster form, then altered by hand.",
        ),
        (
            "Dishwasher-safe.",
            "Best washed by hand.",
            "Safe in a microwave and a warm oven.",
            "Wipe clean; do not soak.",
        ),
    ),
    "woodwork": _Words(
        ("walnut", "cherry", "hard maple", "white oak", "ash", "apple", "yellow birch", "sycamore", "elm", "butternut"),
        ("for bread", "for the hallway", "for a small kitchen", "for the bedside", "for letters", "for the stove"),
        (
            "Split along the grain and shaped with a drawknife.",
            "Turned green and left to move as it dried.",
            "Planed, never sanded.",
            "Jointed by hand and wedged in a second timber.",
            "Sawn from one board so that the grain runs through.",
        ),
        (
            "Oil it twice a year.",
            "Wipe with a damp cloth and dry at once.",
            "Finished in wax that you can renew.",
            "Keep it from the radiator.",
        ),
    ),
    "textiles": _Words(
        (
            "indigo",
            "madder",
            "undyed",
            "walnut brown",
            "weld yellow",
            "slate",
            "moss",
            "oat",
            "barn red",
            "storm grey",
            "rose",
        ),
        (
            "for cold evenings",
            "for the sofa",
            "for a long table",
            "for the cot",
            "for travelling",
            "for the guest room",
        ),
        (
            "Woven on a four-shaft loom.",
            "Dyed in a fermented vat.",
            "Quilted with a running stitch.",
            "Hemmed with mitred corners.",
            "Fulled by hand until it felt right.",
        ),
        (
            "Cool wash, dry flat.",
            "Machine-wash with similar colours.",
            "Air it; it seldom needs water.",
            "Iron while damp.",
        ),
    ),
    "jewellery": _Words(
        ("hammered", "brushed", "oxidised", "polished", "granulated", "reticulated", "satin", "engraved"),
        ("to stack", "for every day", "for a long neck", "for small hands", "to give away", "for evenings"),
        (
            "Sawn from sheet and filed by hand.",
            "Cast in sand from a carved pattern.",
            "Forged from one wire.",
            "Fused without solder.",
            "Set in a plain rubbed-over bezel.",
        ),
        (
            "Polish with a soft cloth.",
            "Take it off to swim.",
            "It darkens with wear, as it should.",
            "Comes in a small card box.",
        ),
    ),
    "leather": _Words(
        ("chestnut", "black", "russet", "oxblood", "olive", "natural", "dark brown", "navy"),
        ("for market days", "for pockets", "for a long commute", "for notes", "for keys", "for travelling light"),
        (
            "Saddle-stitched with waxed linen.",
            "Cut from a single shoulder.",
            "Edges burnished with canvas and beeswax.",
            "Wet-formed and left to set overnight.",
            "Bark-tanned for six weeks.",
        ),
        (
            "Feed it once a year.",
            "It will darken where you hold it.",
            "Wipe off rain and let it dry slowly.",
            "Repairs are free.",
        ),
    ),
    "glass": _Words(
        ("sea green", "amber", "smoke", "cobalt", "clear", "rose", "olive", "aqua", "opal", "violet"),
        ("for water", "for one stem", "for wine", "for the sill", "for candlelight", "for the bath"),
        (
            "Blown without a mould.",
            "Gathered twice and shaped with wet newspaper.",
            "Cut from cane and twisted once.",
            "Fire-polished at the lip.",
            "Cooled for fourteen hours.",
        ),
        ("Wash by hand.", "Top rack only.", "Mind sudden heat.", "A cloth and vinegar keep it bright."),
    ),
    "paper": _Words(
        (
            "combed",
            "stone-marbled",
            "letterpress",
            "two-colour",
            "hand-sewn",
            "blue-black",
            "deckle-edged",
            "gold-flecked",
        ),
        ("for sketches", "for letters", "for recipes", "for the hallway", "for thank-yous", "for a year's notes"),
        (
            "Printed from a block cut by hand.",
            "Sewn on linen tapes so that it lies flat.",
            "Pulled as a single sheet from the tray.",
            "Set in metal type.",
            "Folded, pressed and trimmed with a plough.",
        ),
        ("Keep it out of the sun.", "Sent flat in board.", "Takes a fountain pen.", "Acid-free."),
    ),
    "metalwork": _Words(
        ("hammered", "forged", "fire-darkened", "bright", "tinned", "blackened", "planished", "riveted"),
        ("for the hearth", "for the back door", "for the kitchen wall", "for fruit", "for candles", "for a small cook"),
        (
            "Raised from a disc, cold.",
            "Forged from an old spring.",
            "Drawn out and twisted at an orange heat.",
            "Riveted, not welded.",
            "Planished on a polished stake.",
        ),
        ("Wax it when it dulls.", "Dry it at once.", "Lemon and salt bring back the shine.", "Leave it to brown."),
    ),
    "basketry": _Words(
        ("buff willow", "white willow", "brown willow", "ash splint", "green willow", "rush", "purple willow"),
        ("for bread", "for logs", "for wool", "for the garden", "for eggs", "for laundry"),
        (
            "Woven on a round base with a three-rod wale.",
            "Bordered with four behind two.",
            "Packed with a bodkin and a short iron.",
            "Soaked nine days before weaving.",
            "Framed on two hoops.",
        ),
        ("Hose it down in June.", "Keep it from the stove.", "Damp it once a winter.", "It creaks at first."),
    ),
}
_SIZES = (("Small", 0.72), ("Medium", 1.0), ("Large", 1.34), ("Slim", 0.9), ("Wide", 1.16), ("Tall", 1.2))
_WHEN = (
    "in a wet spring",
    "after the first frost",
    "in a slow February",
    "in the week of the fair",
    "during a long drought",
    "under a full moon",
    "at harvest",
    "while it snowed",
)


def synthetic_listings(n: int, seed: int = 1) -> Iterator[Listing]:
    """`n` listings, the same for the same seed, each with a slug no other has."""
    rng = random.Random(seed)
    for number in range(n):
        model = LISTINGS[rng.randrange(len(LISTINGS))]
        words = _WORDS[model.category]
        size, factor = rng.choice(_SIZES)
        finish, occasion = rng.choice(words.finishes), rng.choice(words.occasions)
        noun = _noun(model)
        price = max(400, round(model.price_minor * factor * rng.uniform(0.85, 1.2) / 100) * 100)
        first, second = rng.sample(words.makings, 2)
        yield Listing(
            shop=model.shop,
            category=model.category,
            slug=f"{noun.replace(' ', '-')}-{seed}-{number}",
            title=f"{size} {finish} {noun} {occasion}",
            description=paragraphs(
                f"A {size.lower()} {noun}, {finish}, {occasion}. {first} We made this batch {rng.choice(_WHEN)}.",
                f"{second} {rng.choice(words.cares)} Number {number + 1} in the book.",
            ),
            materials=model.materials,
            price_minor=price,
            stock=rng.choice((1, 1, 2, 3, 5, 8, 12, 20)),
            lead_time_days=rng.choice((0, 0, 0, 3, 7, 14)),
            weight_grams=max(30, round(model.weight_grams * factor)),
            dimensions=model.dimensions,
            motif=model.motif,
            pictures=model.pictures[:1],
            drawn_as=model.slug,
        )


_NOUNS = {
    "glass_vase": "vase",
    "glass_bowl": "bowl",
    "peg_rail": "peg rail",
    "rolling_pin": "rolling pin",
    "spoons": "spoon",
    "papers": "paper set",
    "cards": "card set",
    "hanging": "wall cloth",
    "box": "box",
    "belt": "belt",
}


def _noun(model: Listing) -> str:
    return _NOUNS.get(model.motif.kind, model.motif.kind)
