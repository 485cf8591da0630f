"""Saltmarsh Pottery, Maine: speckled tableware in stoneware."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="saltmarsh-pottery",
    name="Saltmarsh Pottery",
    owner_name="Nell Hathaway",
    tagline="Speckled stoneware for kitchens that get used",
    story=paragraphs(
        "Nell Hathaway throws in a former bait shed above the marsh at Brunswick, Maine. There are two wheels, "
        "one of them her grandmother's kick wheel, and a window that looks straight down the creek. At high tide "
        "the light comes in off the water and she stops glazing, because every white looks blue.",
        "She learned at eighteen from a production potter in New Hampshire who paid by the dozen and threw back "
        "anything whose foot was heavier than a plum. Fourteen years later she still weighs her feet. The clay "
        "is an iron-bearing stoneware; the dark freckles are the iron burning through the glaze in the last hour "
        "at cone 10.",
        "Everything is made to be stacked, scrubbed and knocked about. If a handle ever parts from its mug, she "
        "replaces the mug and asks for the pieces, which go under the path to the kiln.",
    ),
    city="Brunswick",
    region="ME",
    country="US",
    postal_code="04011",
    street="18 Bait Shed Lane",
    currency="USD",
    palette=("#d9d3c7", "#b9a68c", "#5f7684", "#a4583a", "#ece6da"),
    ships_from="Brunswick, Maine",
    shipping_first_minor=950,
    shipping_additional_minor=300,
    abroad_first_minor=2800,
    abroad_additional_minor=900,
    handling_days=2,
)

_piece = partial(Listing, shop=SHOP.slug, category="ceramics")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="oat-breakfast-mug",
        title="Breakfast mug in speckled oat",
        description=paragraphs(
            "A straight-sided mug with room for three fingers in the handle and a thumb rest on top. The oat "
            "glaze is satin, not glossy, so it doesn't slide about in a wet hand. The unglazed foot is sanded "
            "smooth for wooden tables.",
            "Thrown on the wheel, handle pulled and attached the next morning. 3¾ in tall, 3¼ in across, holds "
            "12 oz (350 ml) to a comfortable line. Dishwasher and microwave are both fine.",
        ),
        materials=("iron-bearing stoneware", "oat satin glaze"),
        price_minor=3800,
        stock=18,
        lead_time_days=0,
        weight_grams=620,
        dimensions="3¾ × 3¼ in (9.5 × 8.3 cm)",
        motif=Motif("mug", form="straight", surface="speckle", colours=("#e3d8c3", "#8d6b4c")),
        pictures=views(
            "Straight-sided stoneware mug in an oat glaze freckled with iron, handle to the right",
            "Close view of the oat glaze, dark iron specks scattered over a satin surface",
            "The oat mug on an oak shelf beside books and a sprig of leaves",
        ),
    ),
    _piece(
        slug="tideline-mug",
        title="Tideline mug, slate over bare clay",
        description=paragraphs(
            "Dipped once in slate blue and lifted out at an angle, so that each glaze line tilts a little "
            "differently, like the weed line on a pier post. Below it the toasted clay is left bare and feels "
            "like fine sandpaper.",
            "The belly holds heat well: coffee stays drinkable for half an hour. 3½ in tall, 14 oz (410 ml). "
            "Wash it any way you like; the bare clay darkens with the years and that is the idea.",
        ),
        materials=("iron-bearing stoneware", "slate blue glaze"),
        price_minor=4200,
        stock=11,
        lead_time_days=0,
        weight_grams=660,
        dimensions="3½ × 3¾ in (9 × 9.5 cm)",
        motif=Motif("mug", form="belly", surface="dip", colours=("#56707f", "#a9805c")),
        pictures=views(
            "Round-bellied mug, slate blue above a slanting line and bare toasted clay below",
            "The edge where slate glaze meets sandy unglazed clay",
        ),
    ),
    _piece(
        slug="chowder-bowl",
        title="Chowder bowl with a broad rim",
        description=paragraphs(
            "Deep enough for a ladle and a half, with a rim wide enough to rest bread on. The inside is glazed "
            "in cream so that you can see what you are eating; outside, rust breaks to black over the throwing "
            "rings.",
            "Each weighs within half an ounce of the next, so four of them stack straight. 7 in across, 3 in "
            "high, 24 oz (700 ml). Oven-safe to 400 °F if it goes in cold.",
        ),
        materials=("stoneware", "tenmoku rust glaze", "cream liner glaze"),
        price_minor=4600,
        stock=14,
        lead_time_days=0,
        weight_grams=900,
        dimensions="7 × 3 in (18 × 7.5 cm)",
        motif=Motif("bowl", form="rimmed", surface="reactive", colours=("#8a4a2f", "#3d2a22", "#efe6d2")),
        pictures=views(
            "Wide-rimmed stoneware bowl, rust outside and cream within",
            "Rust glaze breaking to black along the throwing rings",
            "Chowder bowl on a wooden shelf with books and a leafy sprig for scale",
        ),
    ),
    _piece(
        slug="supper-plate-fog",
        title="Supper plate in fog grey",
        description=paragraphs(
            "A coupe plate: no rim, only a gentle lift at the edge that keeps gravy where it belongs. Fog is a "
            "warm grey with a bloom of white where the glaze pooled.",
            "Thrown on a bat, trimmed twice, fired flat on alumina sand. 10½ in across and 1 in high, which fits "
            "every dishwasher we have tried. Sold singly; order six and they will come from the same kiln load.",
        ),
        materials=("stoneware", "fog matte glaze"),
        price_minor=4800,
        stock=24,
        lead_time_days=0,
        weight_grams=1100,
        dimensions="10½ in across, 1 in high (26.5 × 2.5 cm)",
        motif=Motif("plate", form="coupe", surface="reactive", colours=("#b4b1a9", "#e7e4dc", "#d0ccc2")),
        pictures=views(
            "Rimless dinner plate in a soft warm grey, seen from above at an angle",
            "White bloom in the fog glaze where it pooled towards the centre",
        ),
    ),
    _piece(
        slug="marsh-grass-vase",
        title="Tall vase, marsh-grass brushwork",
        description=paragraphs(
            "A slender cylinder with grasses drawn in iron slip, each blade one stroke of a brush that Nell ties "
            "herself from deer tail. No two sides agree. It was made for three stems of something tall.",
            "10 in high with a 2½ in mouth, heavy at the base so that branches don't tip it. Holds water without "
            "sweating; rinse with warm water and a bottle brush.",
        ),
        materials=("stoneware", "iron slip", "clear matte glaze"),
        price_minor=11800,
        stock=1,
        lead_time_days=0,
        weight_grams=1600,
        dimensions="10 × 3½ in (25.5 × 9 cm)",
        motif=Motif("vase", form="cylinder", surface="grasses", colours=("#e6dcc8", "#5b3a28"), proportion=1.15),
        pictures=views(
            "Tall cream vase brushed with dark blades of marsh grass",
            "Iron-slip grass strokes, each thinning to a hair at its tip",
            "The tall vase on a shelf, beside books, holding its own against the wall",
        ),
    ),
    _piece(
        slug="creek-jug",
        title="Creek jug for milk or flowers",
        description=paragraphs(
            "The spout is cut and pulled while the clay is still wet, and it is tested: a jug that drips goes "
            "into the path. Glazed in blue-green that runs thin over the shoulder and gathers dark in the rings.",
            "Pours 20 oz (600 ml). 6 in tall to the lip. Refrigerator, dishwasher and the middle of the table "
            "are all good places for it.",
        ),
        materials=("stoneware", "blue-green ash glaze"),
        price_minor=6400,
        stock=6,
        lead_time_days=0,
        weight_grams=1050,
        dimensions="6 × 4½ in (15 × 11.5 cm)",
        motif=Motif("jug", form="pitcher", surface="drip", colours=("#6f8f88", "#33504f", "#b79a78")),
        pictures=views(
            "Small pitcher in blue-green ash glaze with a pulled spout and handle",
            "Ash glaze running dark into the throwing rings",
        ),
    ),
    _piece(
        slug="two-cup-teapot",
        title="Two-cup teapot in oat",
        description=paragraphs(
            "A round pot for one person with time or two without. The strainer is thirty-one holes in the wall "
            "behind the spout, drilled by hand. The lid has a deep flange and stays on to the last drop.",
            "Holds 22 oz (650 ml), stands 5 in high and 8 in from spout to handle. Made to order, because "
            "teapots take four parts, two days and good weather.",
        ),
        materials=("iron-bearing stoneware", "oat satin glaze"),
        price_minor=14500,
        stock=3,
        lead_time_days=18,
        weight_grams=1400,
        dimensions="8 × 5 × 5 in (20 × 12.5 × 12.5 cm)",
        motif=Motif("teapot", form="round", surface="speckle", colours=("#e1d5bf", "#8d6b4c")),
        pictures=views(
            "Round speckled teapot with a short spout, loop handle and lid",
            "Iron freckles on the shoulder of the teapot, by the lid",
            "Teapot on an oak shelf with books and a sprig, about the height of a paperback",
        ),
    ),
    _piece(
        slug="salt-pig",
        title="Lidded salt jar with a cork-snug lid",
        description=paragraphs(
            "Lives by the stove. The lid lifts with one floury finger and drops back without a clatter because "
            "its seat is left unglazed and ground true with the jar.",
            "The walls stay thick so that the salt keeps dry through an August of pasta water. 4 in tall, holds "
            "a one-pound box. Slate outside, bare within.",
        ),
        materials=("stoneware", "slate blue glaze"),
        price_minor=5200,
        stock=9,
        lead_time_days=0,
        weight_grams=820,
        dimensions="4 × 4 in (10 × 10 cm)",
        motif=Motif("jar", form="squat", surface="speckle", colours=("#66808d", "#2f3d45")),
        pictures=views(
            "Squat slate-blue jar with a flat knobbed lid",
            "Speckles in the slate glaze beneath the rim of the lid",
        ),
    ),
    _piece(
        slug="herb-planter-trio-size",
        title="Windowsill planter with saucer",
        description=paragraphs(
            "Sized for a supermarket pot of basil once you have knocked it out of its plastic. Drains through "
            "one hole into a saucer thrown to match, with a ring beneath that keeps damp off the sill.",
            "Banded in cream and bare clay on a slow wheel. 5 in across at the top, 4½ in high. Frost will crack "
            "it, so bring it indoors when the marsh freezes.",
        ),
        materials=("stoneware", "cream slip"),
        price_minor=4400,
        stock=12,
        lead_time_days=0,
        weight_grams=980,
        dimensions="5 × 4½ in (12.5 × 11.5 cm)",
        motif=Motif("planter", form="tapered", surface="bands", colours=("#e8dfcd", "#a9805c")),
        pictures=views(
            "Banded cream and clay planter on its saucer, planted with green herbs",
            "Cream slip bands, the brush mark still visible at the overlap",
        ),
    ),
    _piece(
        slug="little-fog-bud-vase",
        title="Bud vase, palm-sized",
        description=paragraphs(
            "One stem, one afternoon. These are thrown off the hump from whatever clay is left at the end of the "
            "day, and no two necks come out the same length.",
            "About 4 in tall with a mouth the width of a pencil. Fog grey with a blush of rust at the foot. We "
            "pick one for you; tell us if you want a long neck.",
        ),
        materials=("stoneware", "fog matte glaze"),
        price_minor=2600,
        stock=20,
        lead_time_days=0,
        weight_grams=320,
        dimensions="about 4 × 2½ in (10 × 6.5 cm)",
        motif=Motif("vase", form="bud", surface="dip", colours=("#bdbab2", "#b06a4a"), detail="stem"),
        pictures=views(
            "Palm-sized grey bud vase with a narrow neck and a single stem",
            "Fog glaze ending in a blush of rust near the foot",
        ),
    ),
)
