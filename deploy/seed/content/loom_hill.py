"""Loom Hill, Kentucky: wool throws, kitchen linen and coverlets from floor looms."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="loom-hill",
    name="Loom Hill",
    owner_name="Ruth Abernathy",
    tagline="Handwoven for tables, beds and cold knees",
    story=paragraphs(
        "Ruth Abernathy inherited a barn loom without its instructions. It took a winter to work out that two "
        "treadles had been swapped in 1931, and by then she could weave. There are five looms at Loom Hill now, "
        "in a former dairy outside Berea, Kentucky, and four weavers at them.",
        "The wool is from two flocks in the next county, spun at a small mill in Michigan and dyed in the old "
        "milk vat. Linen comes from Belgium because nobody here grows it yet; Ruth has a trial row behind the "
        "barn.",
        "Drafts are kept in a card file with the name of whoever worked them out. You'll find that name on the tag.",
    ),
    city="Berea",
    region="KY",
    country="US",
    postal_code="40403",
    street="1190 Old Dairy Road",
    currency="USD",
    palette=("#d8d6d0", "#a9b0a6", "#7b3f3a", "#39506a", "#f0ebdf"),
    ships_from="Berea, Kentucky",
    shipping_first_minor=850,
    shipping_additional_minor=300,
    abroad_first_minor=2600,
    abroad_additional_minor=900,
    handling_days=3,
)

_piece = partial(Listing, shop=SHOP.slug, category="textiles")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="herringbone-throw-oatmeal",
        title="Herringbone throw in undyed wool",
        description=paragraphs(
            "Grey and cream straight off two sheep, no dye at all, woven in a broken herringbone so that it "
            "drapes instead of standing up. A little lanolin stays in the yarn; rain beads on it.",
            "52 by 72 in with twisted fringe. 2½ lb. Wash in cool water with a spoon of hair shampoo and dry it "
            "flat over two chairs.",
        ),
        materials=("Kentucky wool",),
        price_minor=24500,
        stock=6,
        lead_time_days=0,
        weight_grams=1250,
        dimensions="52 × 72 in (132 × 183 cm)",
        motif=Motif("blanket", form="folded", surface="herringbone", colours=("#d9d0bf", "#8f877a")),
        pictures=views(
            "Wool throw in cream and grey herringbone, folded in four",
            "Cream and grey yarn zigzagging in herringbone twill",
            "Herringbone throw draped over a wooden bench",
        ),
    ),
    _piece(
        slug="barn-red-plaid-blanket",
        title="Barn-red plaid bed blanket",
        description=paragraphs(
            "Woven in two widths and seamed down the middle by hand, as it had to be on a loom of forty inches. "
            "If the plaid lines up across the seam, the weaver gets to choose the radio station.",
            "84 by 92 in, for a full or queen bed. Madder red, walnut and cream, brushed on one side. "
            "Mothproofed with cedar, not chemistry.",
        ),
        materials=("wool", "madder", "walnut hulls"),
        price_minor=46000,
        stock=2,
        lead_time_days=21,
        weight_grams=2400,
        dimensions="84 × 92 in (213 × 234 cm)",
        motif=Motif("blanket", form="folded", surface="plaid", colours=("#8e3b35", "#e7dcc6", "#4a3429")),
        pictures=views(
            "Folded plaid blanket in red, brown and cream",
            "Red and cream threads crossing in a plaid",
            "Plaid blanket hung over a bench by a plaster wall",
        ),
    ),
    _piece(
        slug="overshot-coverlet-runner",
        title="Table runner, Lee's Surrender pattern",
        description=paragraphs(
            "An overshot draft of the 1860s: indigo wool floats over a cotton ground and builds medallions as "
            "you throw. Twelve hundred picks to a runner, each beaten twice.",
            "15 by 70 in. The reverse is a photographic negative and just as handsome. Dry-clean, or wash by "
            "hand if you are brave.",
        ),
        materials=("cotton", "indigo-dyed wool"),
        price_minor=13800,
        stock=4,
        lead_time_days=12,
        weight_grams=420,
        dimensions="15 × 70 in (38 × 178 cm)",
        motif=Motif("runner", form="long", surface="overshot", colours=("#e9e1cf", "#2f4568")),
        pictures=views(
            "Cream table runner woven with indigo medallions",
            "Indigo floats forming a diamond on cotton ground",
        ),
    ),
    _piece(
        slug="huck-lace-towel-white",
        title="Huck lace hand towel",
        description=paragraphs(
            "Small windows in the weave, which is why huck dries a glass without lint and dries itself by "
            "lunchtime. All linen, stiff as a letter at first and soft by its tenth wash.",
            "17 by 28 in with a loop of the same cloth. Boil it, bleach it, iron it damp: it will outlive the kitchen.",
        ),
        materials=("Belgian linen",),
        price_minor=3600,
        stock=25,
        lead_time_days=0,
        weight_grams=160,
        dimensions="17 × 28 in (43 × 71 cm)",
        motif=Motif("towel", form="folded", surface="huck", colours=("#ece6d9", "#cfc6b4")),
        pictures=views(
            "White linen hand towel folded in three with a hanging loop",
            "Tiny lace windows in white linen",
        ),
    ),
    _piece(
        slug="blue-check-kitchen-towels",
        title="Pair of checked kitchen towels",
        description=paragraphs(
            "Cotton one way, linen the other, in the check that our grandmothers had and our mothers threw out. "
            "Hemmed with mitred corners, since square ones curl.",
            "20 by 30 in each. Machine-wash with anything; the blue has been fixed twice and stays home.",
        ),
        materials=("cotton", "linen"),
        price_minor=5400,
        stock=20,
        lead_time_days=0,
        weight_grams=300,
        dimensions="each 20 × 30 in (51 × 76 cm)",
        motif=Motif("towel", form="pair", surface="check", colours=("#efe9dd", "#43617f")),
        pictures=views(
            "Two folded kitchen towels in a blue and cream check",
            "Blue and cream threads in an even check",
            "Checked towel hanging from a wooden peg",
        ),
    ),
    _piece(
        slug="waffle-bath-towel-sage",
        title="Waffle bath towel in sage",
        description=paragraphs(
            "Deep cells like a honeycomb, woven at thirty to the inch and shrunk on purpose in the first hot "
            "wash. Holds twice its weight in water, and gives it up on the line in an hour.",
            "30 by 56 in. Sage from fustic over-dyed with indigo: a green that has never been quite the same "
            "twice, so order pairs together.",
        ),
        materials=("organic cotton", "fustic", "indigo"),
        price_minor=7800,
        stock=10,
        lead_time_days=6,
        weight_grams=520,
        dimensions="30 × 56 in (76 × 142 cm)",
        motif=Motif("towel", form="folded", surface="waffle", colours=("#a9b59c", "#7f8d74")),
        pictures=views("Folded sage-green waffle towel", "Square cells of a sage waffle weave"),
    ),
    _piece(
        slug="rag-rug-hearth",
        title="Hearth rug from old shirts",
        description=paragraphs(
            "Forty or so cotton shirts, torn into inch strips, sorted by blue and wound on shuttles. The warp is "
            "seine twine, the kind used for fishing nets. Nothing about it minds a spark or a dog.",
            "27 by 45 in. Lies flat by its own weight. Throw it over a fence and hose it.",
        ),
        materials=("reclaimed cotton shirting", "cotton seine twine"),
        price_minor=16500,
        stock=1,
        lead_time_days=0,
        weight_grams=1800,
        dimensions="27 × 45 in (69 × 114 cm)",
        motif=Motif("runner", form="rug", surface="rag", colours=("#5d7690", "#d8d3c8", "#33475c")),
        pictures=views(
            "Striped rag rug in many blues with a knotted fringe",
            "Torn shirt strips packed between twine warps",
        ),
    ),
    _piece(
        slug="lambswool-scarf-moss",
        title="Lambswool scarf in moss and bark",
        description=paragraphs(
            "Plain weave, because lambswool needs no help. Moss in the warp and bark in the weft make a third "
            "colour where they cross, and it changes as you walk past a window.",
            "9 by 68 in. Fulled by hand in a sink until it felt right to Doreen, who has opinions.",
        ),
        materials=("lambswool",),
        price_minor=8600,
        stock=9,
        lead_time_days=0,
        weight_grams=180,
        dimensions="9 × 68 in (23 × 173 cm)",
        motif=Motif("scarf", form="coiled", surface="tweed", colours=("#6d7650", "#5c4632")),
        pictures=views(
            "Green-brown lambswool scarf laid in a loose fold, fringe showing",
            "Moss and bark yarns crossing in plain weave",
            "Moss scarf hanging on a peg",
        ),
    ),
    _piece(
        slug="summer-winter-cushion",
        title="Cushion in summer-and-winter weave",
        description=paragraphs(
            "One face is mostly light, the other mostly dark, which is where the weave gets its name: turn the "
            "cushion over in October. Stars by Ada Pruitt, 1894, from the card file.",
            "18 in square with a buttoned back and a wool-filled pad. Six small buttons, turned from persimmon "
            "by a neighbour.",
        ),
        materials=("wool", "cotton", "persimmon wood"),
        price_minor=9400,
        stock=7,
        lead_time_days=5,
        weight_grams=760,
        dimensions="18 × 18 in (46 × 46 cm)",
        motif=Motif("cushion", form="square", surface="stars", colours=("#e6ddc9", "#7b3f3a")),
        pictures=views(
            "Square cream cushion woven with rust-red stars",
            "Rust and cream star built from small woven blocks",
            "Star cushion sitting on a wooden bench",
        ),
    ),
    _piece(
        slug="baby-blanket-cloud",
        title="Cradle blanket in cloud stripes",
        description=paragraphs(
            "Soft grey and white in stripes that widen and narrow the way clouds do over a long field. Merino, "
            "so fine that it passes the ring test: the whole blanket goes through a wedding band.",
            "32 by 38 in. Bound in cotton satin. Machine wool cycle, thank goodness.",
        ),
        materials=("merino wool", "cotton satin"),
        price_minor=11200,
        stock=5,
        lead_time_days=7,
        weight_grams=340,
        dimensions="32 × 38 in (81 × 97 cm)",
        motif=Motif("blanket", form="rolled", surface="stripes", colours=("#e8e6e1", "#a9b2b9", "#cfd4d6")),
        pictures=views(
            "Rolled baby blanket striped in pale grey and white",
            "Soft stripes of grey and white merino",
        ),
    ),
)
