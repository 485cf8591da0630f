"""Alder & Peg, Québec: small furniture in the plain manner. Sells in Canadian dollars."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="alder-and-peg",
    name="Alder & Peg",
    owner_name="Marguerite Thibault",
    tagline="Stools, rails and oval boxes, joined without a screw",
    story=paragraphs(
        "Marguerite Thibault took over her uncle's boat shed in Baie-Saint-Paul when the last boat left it. The "
        "steam box that once bent ribs now bends bands for oval boxes; the long bench fits a peg rail of any "
        "length a hallway needs.",
        "She trained as a joiner in Québec City and restored church pews for nine years, which is a good way to "
        "learn what breaks. Wedged tenons, dry pegs in slightly green holes, and a coat of milk paint that she "
        "mixes on the morning she uses it.",
        "The shop is two people and a stove. In January they make pegs, about four thousand, and listen to hockey.",
    ),
    city="Baie-Saint-Paul",
    region="QC",
    country="CA",
    postal_code="G3Z 1A1",
    street="77 chemin du Hangar",
    currency="CAD",
    palette=("#d3d6cf", "#c3a67d", "#6e8578", "#33424f", "#f0ebe0"),
    ships_from="Baie-Saint-Paul, Québec",
    shipping_first_minor=1800,
    shipping_additional_minor=700,
    abroad_first_minor=4200,
    abroad_additional_minor=1600,
    handling_days=4,
)

_piece = partial(Listing, shop=SHOP.slug, category="woodwork")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="three-leg-milking-stool",
        title="Three-legged stool in red oak",
        description=paragraphs(
            "Three legs never rock, on any floor. The seat is dished with a travisher until it fits, and the "
            "legs are shaved to an octagon, driven up from below and wedged from above in walnut.",
            "17 in high, seat 13 in across. Carries a grown man standing on it to change a bulb; we have "
            "checked. Oil finish that you can renew with a rag.",
        ),
        materials=("red oak", "walnut wedges", "tung oil"),
        price_minor=28500,
        stock=4,
        lead_time_days=21,
        weight_grams=4200,
        dimensions="17 in high, 13 in seat (43 × 33 cm)",
        motif=Motif("stool", form="three", surface="oak", colours=("#b98a58", "#8d6339")),
        pictures=views(
            "Round-seated oak stool on three splayed legs with dark wedges in the seat",
            "A walnut wedge across an oak leg where it comes through the seat",
            "The oak stool against a plaster wall with a folded blanket on it",
        ),
    ),
    _piece(
        slug="painted-step-stool",
        title="Four-legged stool in spruce-green milk paint",
        description=paragraphs(
            "Lower than the milking stool and a good deal squarer in character: for putting on boots, reaching "
            "the sugar, or sitting beside a bath. Stretchers join the legs all round.",
            "Maple under three thin coats of milk paint, rubbed back on the edges where wear would come anyhow. "
            "14 in high, seat 12 in across.",
        ),
        materials=("hard maple", "milk paint", "hemp oil"),
        price_minor=24500,
        stock=6,
        lead_time_days=14,
        weight_grams=3800,
        dimensions="14 in high, 12 in seat (36 × 30 cm)",
        motif=Motif("stool", form="four", surface="painted", colours=("#5d7a69", "#48604f")),
        pictures=views(
            "Green painted stool with four legs joined by stretchers",
            "Green milk paint on the rounded edge of the seat",
        ),
    ),
    _piece(
        slug="peg-rail-five",
        title="Peg rail with five pegs",
        description=paragraphs(
            "Hats, coats, a broom, the dog's lead. The pegs are turned with a slight swell at the end so that "
            "loops don't slip, and set at two degrees above level for the same reason.",
            "32 in of quarter-sawn maple with a bead along both edges. Screws into two studs; holes are plugged "
            "with the little buttons supplied.",
        ),
        materials=("hard maple", "soap finish"),
        price_minor=11500,
        stock=12,
        lead_time_days=0,
        weight_grams=1300,
        dimensions="32 × 4 in (81 × 10 cm)",
        motif=Motif("peg_rail", form="five", surface="maple", colours=("#dcc096", "#b58f5f")),
        pictures=views(
            "Pale maple wall rail with five turned pegs",
            "Turned peg with a swelled end, set in a beaded maple rail",
            "Peg rail on a plaster wall with a scarf hanging from it",
        ),
    ),
    _piece(
        slug="peg-rail-seven-painted",
        title="Seven-peg rail in midnight blue",
        description=paragraphs(
            "The long one, for a family. Painted the blue of a barn door in winter, with the pegs left bare so "
            "that hands polish them over the years.",
            "46 in long; other lengths on request before the paint is mixed. Comes with a paper template for the "
            "screw holes.",
        ),
        materials=("poplar", "maple", "milk paint"),
        price_minor=16500,
        stock=5,
        lead_time_days=10,
        weight_grams=2000,
        dimensions="46 × 4 in (117 × 10 cm)",
        motif=Motif("peg_rail", form="seven", surface="painted", colours=("#3b4d61", "#d2b487")),
        pictures=views(
            "Long midnight-blue rail carrying seven bare wooden pegs",
            "Blue milk paint meeting a bare maple peg",
        ),
    ),
    _piece(
        slug="oval-box-no-three",
        title="Oval box with swallowtails, no. 3",
        description=paragraphs(
            "Thin cherry steamed for twenty minutes and bent round a form before it can change its mind. The "
            "swallowtail fingers let the band swell and shrink without splitting, and tiny copper tacks hold "
            "them.",
            "7¼ by 4¾ in, 2¾ in high. Top and bottom are quarter-sawn pine. It smells of both woods when you open it.",
        ),
        materials=("black cherry", "white pine", "copper tacks"),
        price_minor=9800,
        stock=10,
        lead_time_days=0,
        weight_grams=340,
        dimensions="7¼ × 4¾ × 2¾ in (18.5 × 12 × 7 cm)",
        motif=Motif("box", form="oval", surface="cherry", colours=("#b06f46", "#8c5030")),
        pictures=views(
            "Oval bentwood box in cherry with pointed fingers at the lap",
            "Swallowtail fingers tacked with copper along a cherry band",
            "Oval box on a shelf with books and a sprig of leaves",
        ),
    ),
    _piece(
        slug="oval-carrier-painted",
        title="Oval carrier with a swing handle",
        description=paragraphs(
            "For eggs, mending or the week's post. An open box with a bent ash handle that folds down flat to "
            "one side. The outside is sage milk paint; inside is bare and will take on your hands' colour.",
            "11 in long, 8 in wide. Rivets are copper, peened over a burr, and can be tightened with a small "
            "hammer in twenty years.",
        ),
        materials=("white ash", "pine", "milk paint"),
        price_minor=14200,
        stock=3,
        lead_time_days=7,
        weight_grams=700,
        dimensions="11 × 8 × 4 in (28 × 20 × 10 cm)",
        motif=Motif("box", form="carrier", surface="painted", colours=("#8fa08c", "#c8a878")),
        pictures=views(
            "Sage-green oval carrier with a bent ash handle over the top",
            "Copper tacks in the sage-painted band of the carrier",
        ),
    ),
    _piece(
        slug="breakfast-tray-ash",
        title="Breakfast tray, dovetailed ash",
        description=paragraphs(
            "Hand-cut dovetails at the corners, thin pins and wide tails, as on a drawer you would pay too much "
            "for. The grips are sawn through the ends and rounded until they feel soft.",
            "19 by 13 in. The bottom floats in a groove so it never buzzes or cups. A spill wipes off; a burn "
            "you must live with.",
        ),
        materials=("white ash", "hard wax oil"),
        price_minor=17800,
        stock=5,
        lead_time_days=9,
        weight_grams=1500,
        dimensions="19 × 13 × 2½ in (48 × 33 × 6.5 cm)",
        motif=Motif("board", form="tray", surface="ash", colours=("#d6bd94", "#b3956a")),
        pictures=views(
            "Rectangular ash tray with raised sides, seen from above",
            "Bold straight ash grain on the floor of the tray",
            "Ash tray on a linen cloth with pears",
        ),
    ),
    _piece(
        slug="candle-box-pine",
        title="Wall box for candles, white pine",
        description=paragraphs(
            "Once they hung by the cellar door and kept mice off the tallow. Now people put letters in them, or "
            "keys, or air plants. Sliding lid with a thumbnail notch.",
            "13 in tall, 5 in wide, hangs from a hole in the arched back. Left raw to turn the colour of toast.",
        ),
        materials=("white pine", "cut nails"),
        price_minor=8600,
        stock=6,
        lead_time_days=0,
        weight_grams=900,
        dimensions="13 × 5 × 4 in (33 × 13 × 10 cm)",
        motif=Motif("box", form="wall", surface="pine", colours=("#d9b67c", "#b98c50")),
        pictures=views(
            "Tall narrow pine wall box with an arched back and hanging hole",
            "Straight pine grain on the front of the wall box",
        ),
    ),
    _piece(
        slug="shaving-horse-coat-pegs",
        title="Six loose pegs to build your own rail",
        description=paragraphs(
            "From the January barrel: the same pegs as on our rails, for a plank you already own. Turned ½ in "
            "tenon, shoulder undercut so that it closes tight.",
            "Each 3¾ in overall in hard maple. Drill ½ in, a drop of glue, done. A half-dozen with a printed "
            "spacing guide.",
        ),
        materials=("hard maple",),
        price_minor=3400,
        stock=25,
        lead_time_days=0,
        weight_grams=180,
        dimensions="each 3¾ in (9.5 cm)",
        motif=Motif("rolling_pin", form="pegs", surface="maple", colours=("#dfc499", "#bd9666")),
        pictures=views("Six turned maple pegs laid in a row", "Crisp turned shoulder of a maple peg"),
    ),
    _piece(
        slug="bread-board-birch",
        title="Bread board in yellow birch",
        description=paragraphs(
            "Long enough for a baguette cut in half and narrow enough to stand behind the toaster. Yellow birch "
            "is hard, pale gold, and grows on the hill behind the shop.",
            "22 by 7 in with a slanted end to tip crumbs from. The corner hole takes a cord of waxed linen, "
            "which we tie on.",
        ),
        materials=("yellow birch", "linseed oil"),
        price_minor=7200,
        stock=14,
        lead_time_days=0,
        weight_grams=1250,
        dimensions="22 × 7 × ¾ in (56 × 18 × 2 cm)",
        motif=Motif("board", form="plank", surface="maple", colours=("#d8b788", "#b58d5a")),
        pictures=views(
            "Long pale birch bread board with a hole and cord in one corner",
            "Silky birch grain with a flame figure",
            "Birch board lying on linen beside pears",
        ),
    ),
)
