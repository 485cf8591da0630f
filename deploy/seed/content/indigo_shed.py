"""The Indigo Shed, Georgia: resist-dyed cotton and linen."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="indigo-shed",
    name="The Indigo Shed",
    owner_name="Kofi Mensah-Clarke",
    tagline="One plant, one vat, every blue there is",
    story=paragraphs(
        "Kofi Mensah-Clarke grows an acre of indigo on Skidaway land that his great-grandfather farmed, twenty "
        "minutes from Savannah. Leaves are cut in July before flower, steeped under boards overnight, and beaten "
        "with a paddle until the water goes from green to blue.",
        "His mother's people dye in Kumasi and his father's picked rice here. The patterns come from both: paste "
        "and stitch resists on one side, and on the other the blue that was once shipped from this river by the "
        "ton.",
        "There are three vats, fed with bran and madder and named after aunts. A cloth goes into one between "
        "four and twenty times. Bring gloves if you visit.",
    ),
    city="Savannah",
    region="GA",
    country="US",
    postal_code="31411",
    street="6 Vat Shed Road",
    currency="USD",
    palette=("#dfdad0", "#b7a68e", "#27406b", "#6f8fb5", "#f3eee3"),
    ships_from="Savannah, Georgia",
    shipping_first_minor=700,
    shipping_additional_minor=200,
    abroad_first_minor=2200,
    abroad_additional_minor=600,
    handling_days=2,
)

_piece = partial(Listing, shop=SHOP.slug, category="textiles")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="starch-resist-scarf",
        title="Long scarf, starch-resist squares",
        description=paragraphs(
            "Cassava paste is drawn on with a feather, left to crackle in the sun, and dyed nine times. Where "
            "the paste split, hairlines of blue run into the white. That crackle cannot be printed.",
            "Cotton voile, 22 by 78 in, hems rolled by hand. First washes in cold water with a cup of vinegar.",
        ),
        materials=("cotton voile", "natural indigo", "cassava paste"),
        price_minor=9800,
        stock=8,
        lead_time_days=0,
        weight_grams=140,
        dimensions="22 × 78 in (56 × 198 cm)",
        motif=Motif("scarf", form="coiled", surface="resist_grid", colours=("#2b4677", "#e9ecf0")),
        pictures=views(
            "Indigo scarf with a grid of white resist squares, loosely folded",
            "Hairline crackle of blue through a white square",
            "Indigo scarf hanging from a wooden peg",
        ),
    ),
    _piece(
        slug="stitched-moons-cushion",
        title="Cushion cover with stitched moons",
        description=paragraphs(
            "Each moon is two arcs of running stitch pulled up tight before the vat, then snipped out "
            "afterwards. The puckers never quite iron flat, and we would rather they didn't.",
            "20 in square, heavy linen, coconut-shell buttons. Cover only; a feather pad can be had in any size "
            "two inches larger.",
        ),
        materials=("linen", "natural indigo"),
        price_minor=7400,
        stock=11,
        lead_time_days=0,
        weight_grams=380,
        dimensions="20 × 20 in (51 × 51 cm)",
        motif=Motif("cushion", form="square", surface="moons", colours=("#28406c", "#d9e0ea")),
        pictures=views(
            "Dark blue linen cushion covered in pale stitched circles",
            "White needle marks around a stitched moon",
            "Moon cushion on a wooden bench",
        ),
    ),
    _piece(
        slug="ladder-shibori-cushion",
        title="Oblong cushion, folded and clamped",
        description=paragraphs(
            "Folded like a map, clamped between two shingles, dipped on each edge. It comes out as a ladder you "
            "could nearly climb, soft where the dye crept under the wood.",
            "14 by 24 in, cotton canvas, hidden zip. Twelve dips: the darkest rungs are almost black.",
        ),
        materials=("cotton canvas", "natural indigo"),
        price_minor=6800,
        stock=9,
        lead_time_days=4,
        weight_grams=420,
        dimensions="14 × 24 in (36 × 61 cm)",
        motif=Motif("cushion", form="oblong", surface="shibori", colours=("#e6e9ed", "#2a4372")),
        pictures=views(
            "Oblong cushion with soft-edged indigo rungs on white",
            "Dye bleeding softly at the fold of the cloth",
        ),
    ),
    _piece(
        slug="twelve-blues-throw",
        title="Twelve blues patchwork throw",
        description=paragraphs(
            "A record of one vat over a season, from the first weak morning to the strongest night. Twelve "
            "shades, pieced in strips and quilted with a big sashiko stitch in undyed thread.",
            "50 by 64 in. Cotton both sides, bamboo-cotton wadding. There is one a year. This is the wet summer.",
        ),
        materials=("cotton", "natural indigo", "cotton wadding"),
        price_minor=38500,
        stock=1,
        lead_time_days=0,
        weight_grams=1500,
        dimensions="50 × 64 in (127 × 163 cm)",
        motif=Motif("blanket", form="folded", surface="patchwork", colours=("#2c4a7c", "#cdd8e6", "#7f9cc0")),
        pictures=views(
            "Folded quilted throw pieced from many shades of blue",
            "White running stitches crossing blue patches",
            "Patchwork throw over a wooden bench",
        ),
    ),
    _piece(
        slug="dip-line-napkins-four",
        title="Four napkins with a dipped edge",
        description=paragraphs(
            "Held by the corners and lowered an inch at a time, so that the blue fades upward like a wet hem. "
            "Set a table with these and nobody notices the plates.",
            "18 in square, washed linen, mitred. A set of four from one vat on one day.",
        ),
        materials=("linen", "natural indigo"),
        price_minor=6200,
        stock=14,
        lead_time_days=0,
        weight_grams=320,
        dimensions="each 18 × 18 in (46 × 46 cm)",
        motif=Motif("towel", form="pair", surface="ombre", colours=("#ece8de", "#2f4d80")),
        pictures=views(
            "Folded linen napkins fading from white to deep blue",
            "Indigo thinning to white along linen threads",
        ),
    ),
    _piece(
        slug="adinkra-wall-cloth",
        title="Wall cloth, stamped and overdyed",
        description=paragraphs(
            "Carved calabash stamps, bark ink, then a single dip to knock everything back. The rows read from "
            "the bottom, as Kofi's grandmother taught him; a card explains each sign.",
            "30 by 52 in on a river-cane rod with a cord. Unbacked, so the window behind it shows through at dusk.",
        ),
        materials=("cotton", "bark ink", "natural indigo", "river cane"),
        price_minor=21500,
        stock=2,
        lead_time_days=10,
        weight_grams=600,
        dimensions="30 × 52 in (76 × 132 cm)",
        motif=Motif("hanging", form="rod", surface="stamped", colours=("#b9c6d8", "#26344f")),
        pictures=views(
            "Pale blue wall cloth with rows of dark stamped signs hanging from a cane rod",
            "Bark-ink stamps sinking into blue cotton",
        ),
    ),
    _piece(
        slug="field-bandana",
        title="Field bandana, dots by hand",
        description=paragraphs(
            "Rice grains tied in with thread, two hundred and some, each leaving a ring the size of a lentil. "
            "Worn by the cutting crew in July and by us the rest of the year.",
            "22 in square, soft cotton lawn. Fades at the fold first; that is how you know it's real.",
        ),
        materials=("cotton lawn", "natural indigo"),
        price_minor=3200,
        stock=25,
        lead_time_days=0,
        weight_grams=60,
        dimensions="22 × 22 in (56 × 56 cm)",
        motif=Motif("scarf", form="square", surface="dots", colours=("#2d4a7d", "#e3e8ee")),
        pictures=views(
            "Blue square bandana with rows of small white rings, folded to a triangle",
            "Tie-dyed rings, each no bigger than a lentil",
        ),
    ),
    _piece(
        slug="porch-cloth-stripe",
        title="Porch tablecloth in wax stripes",
        description=paragraphs(
            "Beeswax ruled on with a tin pen, row by row, with the wobble of a porch in it. Six dips of blue "
            "between the lines, then boiled out in the big pot.",
            "58 by 84 in, seats six. Cotton sheeting, heavy enough to stay put in a breeze off the marsh.",
        ),
        materials=("cotton sheeting", "beeswax resist", "natural indigo"),
        price_minor=14800,
        stock=3,
        lead_time_days=9,
        weight_grams=780,
        dimensions="58 × 84 in (147 × 213 cm)",
        motif=Motif("runner", form="long", surface="waxstripe", colours=("#36558a", "#e7eaee")),
        pictures=views(
            "Blue and white cloth with slightly wavering stripes, laid at a slant",
            "Wax-resist stripe with its wavering edge",
        ),
    ),
    _piece(
        slug="sashiko-work-tote",
        title="Quilted work bag with white stitching",
        description=paragraphs(
            "Two layers of dyed canvas held together by rice-grain stitches, about six thousand. It stands up by "
            "itself on the kitchen floor and takes a week's market.",
            "15 by 14 in with a 5 in base. Straps of webbing go right down under the bag. Wash inside out, cold.",
        ),
        materials=("cotton canvas", "natural indigo", "sashiko thread"),
        price_minor=11800,
        stock=6,
        lead_time_days=0,
        weight_grams=640,
        dimensions="15 × 14 × 5 in (38 × 36 × 13 cm)",
        motif=Motif("tote", form="market", surface="sashiko", colours=("#2a426e", "#e5e6e4")),
        pictures=views(
            "Indigo canvas tote bag covered in white running stitch",
            "Rice-grain stitches in even rows on dark blue",
            "Indigo tote hanging from a wooden peg",
        ),
    ),
    _piece(
        slug="dusk-silk-square",
        title="Silk square, dusk to midnight",
        description=paragraphs(
            "Silk takes indigo as a lake takes evening. Twisted wet, bound with string, and dyed in the vat "
            "called Beatrice until it looked like weather.",
            "35 in square of 8-momme habotai with a hand-rolled edge. Cool iron while damp. No two share a sky.",
        ),
        materials=("habotai silk", "natural indigo"),
        price_minor=8200,
        stock=5,
        lead_time_days=0,
        weight_grams=50,
        dimensions="35 × 35 in (89 × 89 cm)",
        motif=Motif("scarf", form="square", surface="storm", colours=("#344f86", "#b9c9df")),
        pictures=views(
            "Folded silk square clouded from pale to midnight blue",
            "Cloudy indigo veins in lustrous silk",
        ),
    ),
)
