"""Rushlight Baskets, Oregon: willow, ash and rush."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="rushlight-baskets",
    name="Rushlight Baskets",
    owner_name="Ana Delgado-Pike",
    tagline="Grown in the wet corner, cut in January, woven by spring",
    story=paragraphs(
        "Ana Delgado-Pike has an acre of willow on the Marys River near Corvallis, Oregon, in the corner of a "
        "hay field too wet for hay. Eleven varieties: purple, olive, a bright orange one called Flame that she "
        "plants for cheerfulness.",
        "The rods are cut by hand after the leaves drop, sorted by foot in an old oil drum, dried standing, and "
        "soaked again for as many days as they have feet. White willow is boiled and stripped, and smells like "
        "cucumber.",
        "She makes twelve shapes. Nine were taught her by Mrs Eun-ji Brandt, who is ninety-one and still comes "
        "on Tuesdays to say that the borders are loose.",
    ),
    city="Corvallis",
    region="OR",
    country="US",
    postal_code="97333",
    street="2875 Wet Corner Lane",
    currency="USD",
    palette=("#d9d5c4", "#b79a6e", "#5c6b46", "#8f5a34", "#f1ecdd"),
    ships_from="Corvallis, Oregon",
    shipping_first_minor=1300,
    shipping_additional_minor=600,
    abroad_first_minor=3800,
    abroad_additional_minor=1700,
    handling_days=3,
)

_piece = partial(Listing, shop=SHOP.slug, category="basketry")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="market-basket-buff",
        title="Market basket with a roped handle",
        description=paragraphs(
            "An oval that hangs level from the crook of an elbow. The handle is a single thick rod wound with "
            "five fine ones, over and back, so that it doesn't bite when you have bought too many squash.",
            "17 by 12 in, 13 in to the top of the handle. Buff willow, boiled in its bark for the colour. Hose "
            "it down in June.",
        ),
        materials=("buff willow",),
        price_minor=14500,
        stock=5,
        lead_time_days=0,
        weight_grams=950,
        dimensions="17 × 12 × 13 in (43 × 30 × 33 cm)",
        motif=Motif("basket", form="market", surface="willow", colours=("#b8854f", "#7d5430")),
        pictures=views(
            "Buff willow market basket with an arched rope-wound handle",
            "Warm brown rods passing over and under the stakes",
            "Market basket on a wooden shelf with books",
        ),
    ),
    _piece(
        slug="log-basket-green",
        title="Log basket in unstripped willow",
        description=paragraphs(
            "Heavy rods, bark on, dried slow so that the olive stays in them. Three-rod wale top and bottom, the "
            "way you would lay a wall. Two handles are part of the border, not added to it.",
            "20 in across, 15 in high. It takes an evening's wood. Lives happily outdoors under a roof.",
        ),
        materials=("green willow",),
        price_minor=19500,
        stock=2,
        lead_time_days=10,
        weight_grams=2600,
        dimensions="20 × 15 in (51 × 38 cm)",
        motif=Motif("basket", form="log", surface="willow", colours=("#7b7446", "#4b4629")),
        pictures=views(
            "Large round log basket in olive-brown willow with two side handles",
            "Thick bark-on rods waled three at a time",
        ),
    ),
    _piece(
        slug="bread-basket-white",
        title="Bread basket in white willow",
        description=paragraphs(
            "Stripped rods, cream like peeled almonds, in a close slew with a scalloped edge. Round bread looks "
            "best in it; so do eggs, and so did the cat.",
            "11 in across, 3½ in deep. Line with a cloth and pass it round. Damp wipe only.",
        ),
        materials=("white willow",),
        price_minor=6800,
        stock=13,
        lead_time_days=0,
        weight_grams=340,
        dimensions="11 × 3½ in (28 × 9 cm)",
        motif=Motif("basket", form="bowl", surface="willow", colours=("#dcc79c", "#a98a58")),
        pictures=views(
            "Shallow cream-coloured willow bread basket",
            "Close weave of peeled white willow",
            "Bread basket on a shelf, books and leaves beside it",
        ),
    ),
    _piece(
        slug="laundry-hamper-lid",
        title="Tall hamper with a drop lid",
        description=paragraphs(
            "Square base rising to a round top, a shape that takes more thinking than it looks. The lid sits "
            "inside its border so that it can't slide off. Bands of purple willow mark every hand's breadth.",
            "15 in square at the foot, 24 in high. Cotton liner sewn by Ana's sister, machine-washable.",
        ),
        materials=("buff willow", "purple willow", "cotton"),
        price_minor=28500,
        stock=1,
        lead_time_days=0,
        weight_grams=3400,
        dimensions="15 × 24 in (38 × 61 cm)",
        motif=Motif("basket", form="hamper", surface="banded", colours=("#c09a62", "#5f3f45")),
        pictures=views(
            "Tall lidded willow hamper with dark purple bands",
            "Purple rods waled between rows of buff",
        ),
    ),
    _piece(
        slug="berry-basket-small",
        title="Berry basket to tie at the waist",
        description=paragraphs(
            "Both hands free for brambles. Small, upright, with a flat back and two loops for a belt or a scarf. "
            "Woven with rods thin as knitting needles, the tips kept from every bundle.",
            "6 in across, 7 in high, about two pints. Stains with use, and wears the stain well.",
        ),
        materials=("buff willow", "brown willow"),
        price_minor=5800,
        stock=11,
        lead_time_days=0,
        weight_grams=220,
        dimensions="6 × 7 in (15 × 18 cm)",
        motif=Motif("basket", form="berry", surface="banded", colours=("#a8713f", "#54341f")),
        pictures=views("Small upright berry basket in two browns", "Fine willow tips woven at twelve to the inch"),
    ),
    _piece(
        slug="rush-tray-round",
        title="Round rush tray, plaited and coiled",
        description=paragraphs(
            "Bulrush gathered by canoe in July, dried in the barn, damped and plaited flat. The plait is coiled "
            "and sewn edge to edge with more rush: eleven yards of it. It smells of hay.",
            "15 in across with a shallow rim. Hot pans are welcome. Keep it out of standing water.",
        ),
        materials=("bulrush",),
        price_minor=5400,
        stock=9,
        lead_time_days=5,
        weight_grams=420,
        dimensions="15 in across (38 cm)",
        motif=Motif("tray", form="coil", surface="rush", colours=("#b3a468", "#7b7040")),
        pictures=views(
            "Round coiled rush tray in straw and green, from above",
            "Flat plait of rush stitched to its neighbour",
            "Rush tray on linen with pears",
        ),
    ),
    _piece(
        slug="ash-splint-gathering",
        title="Gathering basket in pounded ash",
        description=paragraphs(
            "A black ash log is beaten with the back of an axe until its years come apart, one ring at a time. "
            "Those rings are the splints. Woven in a plain check, lashed at the rim, with a carved hickory "
            "handle.",
            "14 by 10 in, 11 in to the handle. Lighter than it has any right to be.",
        ),
        materials=("black ash splint", "hickory"),
        price_minor=17800,
        stock=3,
        lead_time_days=14,
        weight_grams=600,
        dimensions="14 × 10 × 11 in (36 × 25 × 28 cm)",
        motif=Motif("basket", form="market", surface="splint", colours=("#d0ab74", "#94703f")),
        pictures=views(
            "Pale ash-splint basket in a check weave with a carved handle",
            "Flat ash splints crossing at right angles",
        ),
    ),
    _piece(
        slug="pendant-shade-willow",
        title="Pendant shade in open willow",
        description=paragraphs(
            "Woven loosely so the lamp inside writes its ribs across the ceiling. An upside-down basket, in "
            "truth, as three customers have pointed out.",
            "14 in across, 10 in high. Sold as a shade with a standard ring fitter; use a cool LED bulb only.",
        ),
        materials=("buff willow", "steel ring"),
        price_minor=12500,
        stock=6,
        lead_time_days=8,
        weight_grams=700,
        dimensions="14 × 10 in (36 × 25 cm)",
        motif=Motif("lamp", form="dome", surface="woven", colours=("#b98a52", "#6f4c29")),
        pictures=views(
            "Woven willow dome lampshade with light showing between the rods",
            "Light through open willow weave",
            "Willow shade over a wooden table",
        ),
    ),
    _piece(
        slug="bike-basket-flat-back",
        title="Bicycle basket with leather straps",
        description=paragraphs(
            "A flat back to sit against handlebars and a slight lean forward so that nothing jumps out at kerbs. "
            "Double-woven floor. The straps are cut by a saddler in Sisters.",
            "13 by 9 in, 9 in deep. Holds a bag of groceries or an agreeable dog of ten pounds.",
        ),
        materials=("buff willow", "bridle leather"),
        price_minor=11200,
        stock=7,
        lead_time_days=0,
        weight_grams=900,
        dimensions="13 × 9 × 9 in (33 × 23 × 23 cm)",
        motif=Motif("basket", form="straps", surface="willow", colours=("#a06a38", "#5d3a1d")),
        pictures=views(
            "Brown willow bicycle basket with two leather straps",
            "Leather strap buckled through the weave",
        ),
    ),
    _piece(
        slug="fruit-basket-flame",
        title="Fruit basket in Flame willow",
        description=paragraphs(
            "The orange is the bark's own, strongest on the side that faced the sun. It deepens to copper over a "
            "year. A frame basket, ribbed like a small boat, that will rock if you put the melons in crooked.",
            "13 by 10 in, 4½ in deep. Dry fruit, knitting, post.",
        ),
        materials=("Flame willow",),
        price_minor=8900,
        stock=4,
        lead_time_days=0,
        weight_grams=480,
        dimensions="13 × 10 × 4½ in (33 × 25 × 11.5 cm)",
        motif=Motif("basket", form="bowl", surface="banded", colours=("#c0652f", "#6f3a1c")),
        pictures=views(
            "Open orange-brown willow fruit basket",
            "Orange and copper willow bark in close weave",
            "Flame willow basket on a shelf beside books",
        ),
    ),
)
