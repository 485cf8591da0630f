"""Third Ridge Woodshop, Virginia: boards, spoons and turned bowls from Appalachian hardwood."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="third-ridge-woodshop",
    name="Third Ridge Woodshop",
    owner_name="Caleb Ostrander",
    tagline="Kitchen wood from trees that were coming down anyway",
    story=paragraphs(
        "Caleb Ostrander fells nothing. The cherry, walnut and maple in his barn outside Floyd, Virginia, came "
        "from storms, road crews and neighbours who rang before the sawmill did. Each log gets a chalk number "
        "and the name of whoever owned the tree.",
        "He ran a county road crew for eleven years before his back asked him to stop. Now he splits, dries for "
        "a year per inch, and works one log at a time: boards from the straight part, bowls from the crotch, "
        "spoons from what is left. The shavings go to Mrs Akers's hens.",
    ),
    city="Floyd",
    region="VA",
    country="US",
    postal_code="24091",
    street="402 Third Ridge Road",
    currency="USD",
    palette=("#cfc8b8", "#8a6244", "#4a5a48", "#c08a55", "#efe7d8"),
    ships_from="Floyd, Virginia",
    shipping_first_minor=900,
    shipping_additional_minor=250,
    abroad_first_minor=3000,
    abroad_additional_minor=800,
    handling_days=2,
)

_piece = partial(Listing, shop=SHOP.slug, category="woodwork")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="walnut-paddle-board",
        title="Walnut paddle board",
        description=paragraphs(
            "A serving paddle cut from one plank, with the sapwood left along an edge as a cream stripe. The "
            "handle is shaped with a drawknife so that it fills the palm, and drilled for a nail.",
            "19 in long with the handle, 8 in wide, ¾ in thick. Oiled three times with raw linseed and beeswax. "
            "Wipe, dry standing up, and oil it when it looks thirsty.",
        ),
        materials=("black walnut", "raw linseed oil", "beeswax"),
        price_minor=7800,
        stock=9,
        lead_time_days=0,
        weight_grams=1200,
        dimensions="19 × 8 × ¾ in (48 × 20 × 2 cm)",
        motif=Motif("board", form="paddle", surface="walnut", colours=("#6a4630", "#4a2f20")),
        pictures=views(
            "Dark walnut paddle-shaped serving board with a rounded handle and hanging hole",
            "Walnut grain in chocolate and umber, oiled to a low sheen",
            "Walnut paddle on a linen cloth with three pears",
        ),
    ),
    _piece(
        slug="end-grain-block",
        title="End-grain block, cherry and maple",
        description=paragraphs(
            "Ninety-six blocks stood on end, glued in two passes and planed flat. End grain closes up behind the "
            "knife, so the edge lasts and the board heals.",
            "15 by 11 in and 1½ in thick, with finger scoops underneath at both ends. Seven pounds, and it does "
            "not wander. Rub with the tin of wax in the box every month or so.",
        ),
        materials=("black cherry", "hard maple", "food-safe wax"),
        price_minor=16800,
        stock=4,
        lead_time_days=14,
        weight_grams=3600,
        dimensions="15 × 11 × 1½ in (38 × 28 × 4 cm)",
        motif=Motif("board", form="checker", surface="cherry", colours=("#9c5c3a", "#dcbf92")),
        pictures=views(
            "Rectangular end-grain chopping block in a checker of red cherry and pale maple",
            "Growth rings showing in the squares of an end-grain board",
            "The chequered block on linen with pears beside it",
        ),
    ),
    _piece(
        slug="spurtle-and-spoons",
        title="Three stirring spoons in cherry",
        description=paragraphs(
            "A pointed spoon that reaches the corner of the pan, a flat-ended scraper and a round one for "
            "tasting. All three are split from the same billet, so the grain runs unbroken from bowl to tip.",
            "12 in long. Finished from the knife: the small facets are not a mistake, they give your thumb a "
            "place. Left- or right-handed; say which in your order.",
        ),
        materials=("black cherry", "walnut oil"),
        price_minor=6200,
        stock=13,
        lead_time_days=0,
        weight_grams=240,
        dimensions="each 12 in (30 cm)",
        motif=Motif("spoons", form="three", surface="cherry", colours=("#b06a42", "#8a4b2c")),
        pictures=views(
            "Three long cherry-wood cooking spoons laid side by side",
            "Knife facets along the neck of a cherry spoon",
        ),
    ),
    _piece(
        slug="eating-spoon-apple",
        title="Eating spoon in apple wood",
        description=paragraphs(
            "Thin at the lip, which is the whole trick. Carved green with an axe and a hooked knife, left a "
            "fortnight in a paper bag, then cut again dry so that the surface comes out like polished bone.",
            "7 in long, for porridge, soup and ice cream. Apple from an orchard in Willis grubbed up in 2022; "
            "there are perhaps forty left in the log.",
        ),
        materials=("apple wood", "linseed oil"),
        price_minor=4200,
        stock=6,
        lead_time_days=0,
        weight_grams=60,
        dimensions="7 × 1½ in (18 × 4 cm)",
        motif=Motif("spoons", form="one", surface="apple", colours=("#c79a6b", "#a8754a")),
        pictures=views(
            "Single apple-wood eating spoon with an oval bowl and slender handle",
            "Tight pinkish grain in the bowl of the spoon",
            "The apple-wood spoon on linen beside pears",
        ),
    ),
    _piece(
        slug="crotch-maple-bowl",
        title="Salad bowl in spalted maple",
        description=paragraphs(
            "Spalting is what happens when a fungus draws in pencil. Black lines wander through cream wood, and "
            "they stop for good once the bowl is dry. Turned from log 117, which stood behind the Baptist "
            "church.",
            "12½ in across and 5 in deep: salad for six. The rim is left thick enough to carry. Hand-wash, and "
            "dry it the same evening.",
        ),
        materials=("spalted maple", "tung oil"),
        price_minor=18500,
        stock=1,
        lead_time_days=0,
        weight_grams=1700,
        dimensions="12½ × 5 in (32 × 13 cm)",
        motif=Motif("bowl", form="open", surface="spalted", colours=("#dcc197", "#3c2c20")),
        pictures=views(
            "Large pale maple bowl with wandering black spalt lines",
            "Ink-like spalting through cream maple",
            "Spalted bowl on a shelf with books and leaves",
        ),
    ),
    _piece(
        slug="walnut-nut-bowl",
        title="Small deep walnut bowl",
        description=paragraphs(
            "Turned from the heart of a limb, so the rings run round it like water round a stone. A bowl for "
            "keys, walnuts, or the things that come out of pockets.",
            "6 in across, 4 in high. Sealed with shellac, then waxed. It left the lathe round; by now it is a "
            "shade oval, as walnut will be, and has stopped.",
        ),
        materials=("black walnut", "shellac", "wax"),
        price_minor=6800,
        stock=3,
        lead_time_days=0,
        weight_grams=520,
        dimensions="6 × 4 in (15 × 10 cm)",
        motif=Motif("bowl", form="deep", surface="walnut", colours=("#6f4a32", "#3c271b")),
        pictures=views(
            "Small deep walnut bowl with dark ringed grain",
            "Rings of brown and violet-grey in turned walnut",
        ),
    ),
    _piece(
        slug="french-rolling-pin",
        title="Tapered rolling pin in hard maple",
        description=paragraphs(
            "No handles and no bearings. It tapers from the middle to both ends, so a push to the left rolls "
            "dough to the left. Bakers who try one tend to give the other kind away.",
            "20 in long, 1¾ in at the waist, sanded to 400 and burnished with its own shavings. Never soak it; a "
            "damp cloth and some flour are all it wants.",
        ),
        materials=("hard maple", "walnut oil"),
        price_minor=4400,
        stock=17,
        lead_time_days=0,
        weight_grams=640,
        dimensions="20 × 1¾ in (51 × 4.5 cm)",
        motif=Motif("rolling_pin", form="tapered", surface="maple", colours=("#d9b98a", "#b98f5e")),
        pictures=views(
            "Slender maple rolling pin, thicker in the middle, lying on a pale cloth",
            "Fine straight maple grain with small ray flecks",
        ),
    ),
    _piece(
        slug="cheese-round-sassafras",
        title="Round cheese board in sassafras",
        description=paragraphs(
            "Freshly planed sassafras smells of root beer, and a little of that stays for years. The grain is "
            "coarse like ash, gold with green in it. Few people have met it indoors.",
            "13 in across, ⅞ in thick, with a juice groove on one face and plain on the other. For cheese, bread "
            "and fruit rather than cleavers: it is a soft wood.",
        ),
        materials=("sassafras", "linseed oil", "beeswax"),
        price_minor=6900,
        stock=7,
        lead_time_days=0,
        weight_grams=1050,
        dimensions="13 in across (33 cm)",
        motif=Motif("board", form="round", surface="oak", colours=("#b98f57", "#8f6a3a")),
        pictures=views(
            "Round golden-brown board with bold arched grain and a groove near the edge",
            "Coarse gold grain of sassafras around the juice groove",
            "Cheese round on linen with pears",
        ),
    ),
    _piece(
        slug="cherry-lidded-box",
        title="Bandsawn keepsake box in cherry",
        description=paragraphs(
            "Sawn from a single block, hollowed, and glued shut again along the saw line, so the grain flows "
            "right round the corner and over the lid. Lined with green wool felt.",
            "7 by 4½ in, 3 in high. Opens without hinges: lift and it slides off a hidden lip. Cherry darkens; "
            "leave it in a window a month and see.",
        ),
        materials=("black cherry", "wool felt"),
        price_minor=9400,
        stock=5,
        lead_time_days=7,
        weight_grams=780,
        dimensions="7 × 4½ × 3 in (18 × 11.5 × 7.5 cm)",
        motif=Motif("box", form="plain", surface="cherry", colours=("#a8633d", "#83472a")),
        pictures=views(
            "Small rectangular cherry box with a close-fitting lid",
            "Cherry grain wrapping unbroken round a corner of the box",
        ),
    ),
    _piece(
        slug="porch-candlestick-pair",
        title="Pair of turned candlesticks in ash",
        description=paragraphs(
            "One tall, one taller, because a matched pair looks like a mantelpiece and these are for a porch "
            "table. Turned from a white ash lost to the borer, ebonised with vinegar and steel wool.",
            "9 and 11 in high. Brass cups take a standard ⅞ in dinner candle. The black is in the wood, so it "
            "won't chip; wax it once a year if you think of it.",
        ),
        materials=("white ash", "brass"),
        price_minor=8800,
        stock=8,
        lead_time_days=4,
        weight_grams=900,
        dimensions="9 in and 11 in (23 and 28 cm)",
        motif=Motif("candlestick", form="baluster", surface="ebony", colours=("#33302d", "#5c544c"), detail="pair"),
        pictures=views(
            "Two black turned candlesticks of different heights with cream candles",
            "Open ash grain showing through the ebonised black",
            "Candlesticks on a shelf next to books",
        ),
    ),
)
