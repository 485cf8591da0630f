"""Cobre Lento, Michoacán: copper beaten from recycled ingots."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="cobre-lento",
    name="Cobre Lento",
    owner_name="Rodrigo Villaseñor Paz",
    tagline="Copper raised by hand, ten thousand blows a pot",
    story=paragraphs(
        "In Santa Clara del Cobre you hear work before you see it. Rodrigo Villaseñor Paz grew up asleep under "
        "that sound and wakes if it stops. His shop is the fourth door past the kiosk, eight hammers and a "
        "goat-skin bellows that is now run by a vacuum cleaner.",
        "Old cable is melted into a cake called a tejo, beaten out red-hot by six people in turn, then raised "
        "cold on stakes over days. There are no seams. A jug begins as a disc no wider than your hand.",
        "Rodrigo's daughter Xóchitl does the patinas: lime, salt, ash, and a recipe she says is only urine and "
        "patience. She may be joking.",
    ),
    city="Santa Clara del Cobre",
    region="MIC",
    country="MX",
    postal_code="61710",
    street="Calle de los Martillos 4",
    currency="USD",
    palette=("#e0cfbf", "#b08468", "#20463f", "#b4613a", "#f3e7da"),
    ships_from="Santa Clara del Cobre, Michoacán",
    shipping_first_minor=1000,
    shipping_additional_minor=400,
    abroad_first_minor=2700,
    abroad_additional_minor=1000,
    handling_days=4,
)

_piece = partial(Listing, shop=SHOP.slug, category="metalwork")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="hammered-fruit-bowl",
        title="Hammered fruit bowl in bright copper",
        description=paragraphs(
            "Raised from a single tejo over four days. The planishing marks run in rings, and if you turn the "
            "bowl under a lamp they move the way a shoal does. Thick at the lip, where the metal was driven back "
            "on itself.",
            "12 in across, 4½ in deep. Bright when it leaves; lemon and salt return it, or let it brown.",
        ),
        materials=("recycled copper",),
        price_minor=17500,
        stock=3,
        lead_time_days=12,
        weight_grams=1700,
        dimensions="12 × 4½ in (30 × 11.5 cm)",
        motif=Motif("bowl", form="open", surface="hammered", colours=("#c77a4c", "#7c3f22", "#d99a6c")),
        pictures=views(
            "Wide hammered copper bowl, bright inside and out",
            "Rings of hammer marks on bright copper",
            "Copper bowl on a shelf with books and a sprig",
        ),
    ),
    _piece(
        slug="tejo-cup-pair",
        title="Two small cups, tin-lined",
        description=paragraphs(
            "For mezcal or for eggs. The inside is wiped with molten tin on a rag, the old way, so that nothing "
            "tastes of metal. Outside they are left with the fire's own red.",
            "2½ in high, 4 oz. Hand-wash. Tin wears in ten years or so; post them back and we will re-tin for "
            "the postage.",
        ),
        materials=("recycled copper", "tin"),
        price_minor=6400,
        stock=14,
        lead_time_days=0,
        weight_grams=420,
        dimensions="each 2½ × 2½ in (6.5 × 6.5 cm)",
        motif=Motif(
            "cup", form="straight", surface="hammered", colours=("#b8643f", "#6d3420", "#b9b4ad"), detail="pair"
        ),
        pictures=views(
            "Two small hammered copper cups with pale tin linings",
            "Tin lining meeting copper at the rim of a cup",
        ),
    ),
    _piece(
        slug="verdigris-vase",
        title="Shouldered vase with a green patina",
        description=paragraphs(
            "Buried for three weeks in a box of damp sawdust and salt. It comes up green as a pond, with warm "
            "brown where the shoulder was rubbed. Waxed afterwards so that it doesn't come off on curtains.",
            "10 in high. A glass liner is included, for fresh flowers. Dust only.",
        ),
        materials=("recycled copper", "natural patina", "wax"),
        price_minor=19800,
        stock=1,
        lead_time_days=0,
        weight_grams=1800,
        dimensions="10 × 7 in (25 × 18 cm)",
        motif=Motif("vase", form="amphora", surface="patina", colours=("#5c9384", "#8a5638", "#86b5a4")),
        pictures=views(
            "Copper vase with broad shoulders under a blue-green patina",
            "Green patina breaking to brown copper",
            "Verdigris vase on a shelf by a stack of books",
        ),
    ),
    _piece(
        slug="copper-water-jug",
        title="Water jug with a riveted handle",
        description=paragraphs(
            "The body is one piece to the tip of its spout: no seam, no solder. Only the handle is added, with "
            "three rivets that Rodrigo's father used to count aloud. Condenses beautifully in August.",
            "9 in high, 2 quarts. Lined in tin. For water, horchata, or a fistful of cosmos.",
        ),
        materials=("recycled copper", "tin"),
        price_minor=18500,
        stock=4,
        lead_time_days=14,
        weight_grams=1500,
        dimensions="9 × 7 in (23 × 18 cm)",
        motif=Motif("jug", form="tall", surface="hammered", colours=("#bf6f45", "#74391f", "#d4956b")),
        pictures=views(
            "Tall hammered copper jug with a curved handle",
            "Overlapping hammer strokes down the belly of the jug",
        ),
    ),
    _piece(
        slug="dark-fire-vase",
        title="Bottle vase, fire-darkened",
        description=paragraphs(
            "Brought to cherry red and dropped into cold water at the exact second. Too soon is brown and too "
            "late is black; between them lie plum, violet and petrol blue, in bands you couldn't paint.",
            "12 in tall with a 1 in mouth. Lacquered to hold the colours.",
        ),
        materials=("recycled copper", "lacquer"),
        price_minor=21500,
        stock=2,
        lead_time_days=0,
        weight_grams=1600,
        dimensions="12 × 5 in (30 × 13 cm)",
        motif=Motif("vase", form="bottle", surface="fired", colours=("#7a3a3a", "#3a3550", "#b8683c")),
        pictures=views(
            "Tall copper bottle vase banded in plum, violet and rust",
            "Heat colours shifting from rust to violet",
        ),
    ),
    _piece(
        slug="garden-cachepot",
        title="Cachepot with a rolled lip",
        description=paragraphs(
            "Hides a plastic pot and its drips. The lip is rolled round a wire so it won't cut you, and the foot "
            "is a ring, so that it won't mark the piano.",
            "8 in across inside, 7 in high. Copper indoors stays warm brown; on a balcony it goes green in a "
            "couple of winters.",
        ),
        materials=("recycled copper",),
        price_minor=12800,
        stock=6,
        lead_time_days=7,
        weight_grams=1300,
        dimensions="8 × 7 in (20 × 18 cm)",
        motif=Motif(
            "planter", form="tapered", surface="hammered", colours=("#a9623e", "#643220", "#c98a62"), detail="fern"
        ),
        pictures=views(
            "Hammered copper cachepot holding a leafy fern",
            "Rolled lip and hammer marks on brown copper",
            "Copper cachepot on a wooden shelf with books",
        ),
    ),
    _piece(
        slug="copper-dome-lamp",
        title="Copper dome lamp",
        description=paragraphs(
            "Inside is left bright to warm the light; outside is smoked dark and waxed. Hammered evenly all the "
            "way, so that it glows in dots along the rim.",
            "13 in across with black cloth cord, 6 ft. Fitted for a standard bulb in North America. Hang it low.",
        ),
        materials=("recycled copper", "cloth cord"),
        price_minor=23500,
        stock=5,
        lead_time_days=16,
        weight_grams=1900,
        dimensions="13 × 8 in (33 × 20 cm)",
        motif=Motif("lamp", form="dome", surface="copper", colours=("#9a5431", "#d9a066")),
        pictures=views(
            "Hammered copper dome lamp glowing at its rim",
            "Hammered dots catching light at the edge of the dome",
            "Copper lamp above a wooden table",
        ),
    ),
    _piece(
        slug="candle-saucer-trio",
        title="Chamber candlestick with a finger loop",
        description=paragraphs(
            "To carry up the stairs when the power goes, as it does here most Thursdays. A saucer to catch wax, "
            "a socket, and a loop to fit one finger and a sleeve.",
            "5½ in across, 2½ in high, plus whatever candle. Bright copper.",
        ),
        materials=("recycled copper",),
        price_minor=4400,
        stock=17,
        lead_time_days=0,
        weight_grams=320,
        dimensions="5½ × 2½ in (14 × 6.5 cm)",
        motif=Motif("candlestick", form="chamber", surface="hammered", colours=("#c47a4d", "#7b4125")),
        pictures=views(
            "Copper chamber candlestick with a saucer and a cream candle",
            "Hammered saucer with a bright rim",
        ),
    ),
    _piece(
        slug="cazo-jam-pan",
        title="Cazo for jam and carnitas",
        description=paragraphs(
            "Every kitchen in Michoacán has one, and every argument about carnitas ends beside it. Thick bare "
            "copper that answers a flame at once; two cast handles riveted through.",
            "14 in across, 6 quarts. Unlined, so for sugar and fat only, never for anything sour left standing.",
        ),
        materials=("recycled copper", "bronze"),
        price_minor=16500,
        stock=4,
        lead_time_days=9,
        weight_grams=3100,
        dimensions="14 × 5 in (36 × 13 cm)",
        motif=Motif(
            "bowl", form="deep", surface="hammered", colours=("#b96a42", "#6f371f", "#d08e62"), detail="handles"
        ),
        pictures=views(
            "Deep copper cooking pan with two ring handles",
            "Hammer marks across the copper belly of the pan",
        ),
    ),
    _piece(
        slug="lidded-copper-box",
        title="Round lidded jar, peened all over",
        description=paragraphs(
            "The lid drops the last half inch by itself, on its own cushion of air. That fit is two days' work. "
            "Peened with a hammer no bigger than a thumb.",
            "4½ in across, 4 in high. For coffee, tea or secrets. Tin inside.",
        ),
        materials=("recycled copper", "tin"),
        price_minor=11500,
        stock=5,
        lead_time_days=8,
        weight_grams=700,
        dimensions="4½ × 4 in (11.5 × 10 cm)",
        motif=Motif("jar", form="squat", surface="hammered", colours=("#b4653d", "#6a331d")),
        pictures=views(
            "Round copper jar with a knobbed lid, finely hammered",
            "Tiny peen marks across copper",
        ),
    ),
)
