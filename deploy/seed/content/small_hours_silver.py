"""Small Hours Silver, Rhode Island: plain silver and a little gold."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="small-hours-silver",
    name="Small Hours Silver",
    owner_name="Priya Raman",
    tagline="Quiet silver, made after the children are asleep",
    story=paragraphs(
        "Priya Raman's bench stands on the third floor of an old button factory in Providence, between a "
        "bookbinder and a man who repairs accordions. She rents it from eight in the evening. By then the "
        "building is silent, which matters when you are listening for solder.",
        "She studied metallurgy, worked six years for a refinery, and knows where each bar of her silver comes "
        "from: recycled X-ray film and old cutlery, certified batch by batch. Gold is fused on in flakes, never "
        "plated, so nothing wears off.",
        "Every ring is hallmarked with a moon and her initials. She resizes what she has made for nothing, for ever.",
    ),
    city="Providence",
    region="RI",
    country="US",
    postal_code="02903",
    street="210 Button Works, Unit 3F",
    currency="USD",
    palette=("#dcd5d3", "#b9a8a2", "#3f4454", "#c6a15a", "#f1ece8"),
    ships_from="Providence, Rhode Island",
    shipping_first_minor=550,
    shipping_additional_minor=0,
    abroad_first_minor=1600,
    abroad_additional_minor=200,
    handling_days=2,
)

_piece = partial(Listing, shop=SHOP.slug, category="jewellery")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="hammered-dusk-ring",
        title="Dusk ring, hammered silver band",
        description=paragraphs(
            "Four hundred small blows with a ball-peen hammer, then a day in the tumbler to take off any edge. "
            "It looks like rain on a pond and hides scratches better than polish ever could.",
            "4 mm wide, 1.8 mm thick, comfort-curved inside. US sizes 4 to 12; choose in your order note. If you "
            "are between two, take the larger.",
        ),
        materials=("recycled sterling silver",),
        price_minor=8400,
        stock=16,
        lead_time_days=5,
        weight_grams=60,
        dimensions="band 4 mm wide",
        motif=Motif("ring", form="band", surface="hammered", colours=("#c9cbd0", "#7d8089")),
        pictures=views(
            "Broad silver band with a dimpled hammered surface",
            "Small round hammer marks catching the light on silver",
            "The hammered ring lying in a shallow stone dish",
        ),
    ),
    _piece(
        slug="gold-flake-stacker",
        title="Stacking ring with a flake of gold",
        description=paragraphs(
            "A thin round wire with one freckle of 18-carat fused to it. Wear a single one, or four turned so "
            "that the freckles climb round your finger.",
            "1.5 mm wire. The gold was filings from wedding rings; every flake lands differently and none can be "
            "chosen. Polishes with a soft cloth.",
        ),
        materials=("recycled sterling silver", "18 ct gold"),
        price_minor=5600,
        stock=22,
        lead_time_days=4,
        weight_grams=50,
        dimensions="wire 1.5 mm",
        motif=Motif("ring", form="stack", surface="polished", colours=("#d2d3d6", "#cfa24d")),
        pictures=views(
            "Three fine silver rings together, each with a small fleck of gold",
            "A fleck of gold fused to a fine silver wire",
        ),
    ),
    _piece(
        slug="moonstone-bezel-ring",
        title="Moonstone in a plain bezel",
        description=paragraphs(
            "An oval moonstone the colour of skim milk until you tilt it, when a blue line swims across. Held by "
            "a wall of fine silver pushed over by hand, with no claws to catch on knitwear.",
            "Stone 9 by 7 mm on a 2 mm half-round shank. One stone, one ring, size 7; can move up or down two sizes.",
        ),
        materials=("recycled sterling silver", "Sri Lankan moonstone"),
        price_minor=16800,
        stock=1,
        lead_time_days=0,
        weight_grams=60,
        dimensions="stone 9 × 7 mm",
        motif=Motif("ring", form="stone", surface="polished", colours=("#cfd1d5", "#dfe6ef")),
        pictures=views(
            "Silver ring set with a milky oval moonstone",
            "Blue light moving across the moonstone in its bezel",
            "Moonstone ring resting in a stone dish",
        ),
    ),
    _piece(
        slug="half-past-hoops",
        title="Half-past hoops",
        description=paragraphs(
            "Not quite closed circles: the gap sits where half past would be on a clock, so that they hang true "
            "without a catch. Forged thicker at the bottom, tapering to the post.",
            "1 in across, light enough to forget. Sterling posts, with soft backs for sleeping in.",
        ),
        materials=("recycled sterling silver",),
        price_minor=6800,
        stock=12,
        lead_time_days=0,
        weight_grams=50,
        dimensions="1 in (25 mm) across",
        motif=Motif("earrings", form="hoops", surface="polished", colours=("#cdced2", "#82858d")),
        pictures=views("Pair of tapering silver hoop earrings", "Tapered end of a forged silver hoop"),
    ),
    _piece(
        slug="rain-drop-earrings",
        title="Long rain earrings",
        description=paragraphs(
            "A straight silver line with a bead melted at its end by torch alone: the metal pulls itself round, "
            "and you must take the flame away in time.",
            "2¼ in from hook to drop. They move when you turn your head and make no sound, which has been tested "
            "in a library.",
        ),
        materials=("recycled sterling silver",),
        price_minor=5200,
        stock=18,
        lead_time_days=0,
        weight_grams=50,
        dimensions="2¼ in (57 mm) long",
        motif=Motif("earrings", form="drops", surface="polished", colours=("#cfd0d4", "#868993")),
        pictures=views(
            "Pair of long thin silver earrings ending in round drops",
            "Melted bead at the tip of a silver wire",
            "Rain earrings laid across a stone dish",
        ),
    ),
    _piece(
        slug="ginkgo-studs",
        title="Ginkgo leaf studs",
        description=paragraphs(
            "Pressed from real leaves off the tree in Prospect Terrace: the veins print into annealed silver "
            "under a rolling mill. Cut out with a saw blade thinner than thread.",
            "½ in across. A left and a right, because ginkgo leaves are never symmetrical. Darkened in the veins "
            "and rubbed bright on top.",
        ),
        materials=("recycled sterling silver",),
        price_minor=6400,
        stock=9,
        lead_time_days=0,
        weight_grams=45,
        dimensions="½ in (13 mm)",
        motif=Motif("earrings", form="leaf", surface="veined", colours=("#c4c6cb", "#6c6f78")),
        pictures=views(
            "Pair of fan-shaped silver ginkgo leaf earrings",
            "Leaf veins printed into darkened silver",
        ),
    ),
    _piece(
        slug="full-moon-pendant",
        title="Full moon pendant",
        description=paragraphs(
            "A domed disc, sandblasted, then scratched and pocked with a graver from a photograph taken on the "
            "factory roof. Tycho is in the right place.",
            "¾ in across on an 18 in cable chain, with a ring at 16. Both clasp and chain are sterling.",
        ),
        materials=("recycled sterling silver",),
        price_minor=9600,
        stock=10,
        lead_time_days=6,
        weight_grams=70,
        dimensions="¾ in (19 mm) disc, 18 in chain",
        motif=Motif("pendant", form="disc", surface="moon", colours=("#cbccd0", "#70737c")),
        pictures=views(
            "Round silver pendant textured like the full moon, on a fine chain",
            "Craters and seas engraved in matte silver",
            "Moon pendant and its chain in a stone dish",
        ),
    ),
    _piece(
        slug="matchstick-pendant",
        title="Matchstick bar pendant",
        description=paragraphs(
            "A square bar, slim as a match, with one end dipped in gold. It hangs upright from a hole you can't "
            "see, so that the chain seems to pass straight through the metal.",
            "1¼ in long. 20 in chain. Stamp up to six letters along a side at no charge; write them in your note.",
        ),
        materials=("recycled sterling silver", "18 ct gold"),
        price_minor=8800,
        stock=14,
        lead_time_days=5,
        weight_grams=60,
        dimensions="1¼ in (32 mm), 20 in chain",
        motif=Motif("pendant", form="bar", surface="polished", colours=("#cccdd2", "#cda04a")),
        pictures=views("Slim vertical silver bar pendant with a gold tip", "Gold end fused to a square silver bar"),
    ),
    _piece(
        slug="open-cuff-wide",
        title="Open cuff, brushed inside and out",
        description=paragraphs(
            "Sawn from 14-gauge sheet and bent over an oval mandrel, wrists being oval. Brushed lengthways with "
            "steel wool, it wears to a soft grey like a pebble.",
            "⅝ in wide with a 1 in opening; slide it on over the side of the wrist. Small, medium and large fit "
            "5¾ to 7½ in.",
        ),
        materials=("recycled sterling silver",),
        price_minor=14500,
        stock=7,
        lead_time_days=0,
        weight_grams=110,
        dimensions="⅝ in (16 mm) wide",
        motif=Motif("bangle", form="cuff", surface="brushed", colours=("#c6c8cd", "#7a7d86")),
        pictures=views(
            "Wide open silver cuff bracelet with a brushed surface",
            "Fine parallel brush lines on silver",
        ),
    ),
    _piece(
        slug="twist-bangle",
        title="Twisted wire bangle",
        description=paragraphs(
            "Two wires, one drawn square and one round, twisted together cold until they squeak. The join is "
            "somewhere; Priya can find it and says that nobody else has.",
            "2½ in inside, 3 mm thick. Slip over the hand. Wear three and they talk to each other.",
        ),
        materials=("recycled sterling silver",),
        price_minor=9200,
        stock=8,
        lead_time_days=3,
        weight_grams=80,
        dimensions="2½ in (64 mm) inside",
        motif=Motif("bangle", form="twist", surface="polished", colours=("#d0d1d5", "#787b84")),
        pictures=views(
            "Round silver bangle of two twisted wires",
            "Square and round silver wire wound together",
        ),
    ),
    _piece(
        slug="sparrow-brooch",
        title="Sparrow brooch",
        description=paragraphs(
            "A small brown bird in silver. Sawn, domed and given forty-one feathers with a liner graver; the eye "
            "is a dot of gold. Sits well on a coat collar, a little to one side.",
            "1½ in beak to tail. Steel pin with a safety catch. Oxidised, so keep it away from silver dip.",
        ),
        materials=("recycled sterling silver", "18 ct gold", "steel pin"),
        price_minor=12400,
        stock=3,
        lead_time_days=0,
        weight_grams=55,
        dimensions="1½ in (38 mm)",
        motif=Motif("brooch", form="bird", surface="veined", colours=("#b9bbc1", "#575a63")),
        pictures=views("Silver bird brooch with engraved feathers", "Graver lines of the sparrow's wing"),
    ),
)
