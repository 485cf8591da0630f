"""Slow Tide Press, Nova Scotia: linocuts and letterpress. Sells in Canadian dollars."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="slow-tide-press",
    name="Slow Tide Press",
    owner_name="Marcus Bell",
    tagline="Linocuts and letterpress from a boatbuilder's loft",
    story=paragraphs(
        "Marcus Bell's proof press came to Lunenburg on a fishing boat, in four pieces, from a newspaper that "
        "had closed. It took the crew of a schooner to get it up to the loft. It isn't coming down.",
        "He cuts what he can see from the window: gulls, ropes, spruce, weather. One block for each colour, "
        "mixed by eye and printed from light to dark. Editions stop where the pencil says they stop, and then "
        "the block is cut across.",
    ),
    city="Lunenburg",
    region="NS",
    country="CA",
    postal_code="B0J 2C0",
    street="12 Sail Loft Wharf",
    currency="CAD",
    palette=("#d9dcd8", "#a8b1ae", "#274156", "#c9553d", "#f2efe6"),
    ships_from="Lunenburg, Nova Scotia",
    shipping_first_minor=1200,
    shipping_additional_minor=200,
    abroad_first_minor=2200,
    abroad_additional_minor=400,
    handling_days=3,
)

_piece = partial(Listing, shop=SHOP.slug, category="paper")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="linocut-headland",
        title="Headland, linocut in four colours",
        description=paragraphs(
            "Evening from the back harbour: a low sun, three ridges of spruce and the tide going out. The sky "
            "was rolled in two inks at once, so it blends a little differently on each sheet.",
            "Image 12 by 16 in on 15 by 19 in cotton paper. Edition of 60, signed in pencil. Sold unframed and "
            "sent flat.",
        ),
        materials=("oil-based ink", "cotton rag paper"),
        price_minor=14500,
        stock=18,
        lead_time_days=0,
        weight_grams=480,
        dimensions="15 × 19 in (38 × 48 cm)",
        motif=Motif("print", form="sheet", surface="landscape", colours=("#e9a860", "#c9553d", "#3c5a68", "#1f2f3c")),
        pictures=views(
            "Linocut of dark ridges beneath a low orange sun",
            "Carved ridges where lino tool marks show in the ink",
            "Headland print framed on a wall above a shelf",
        ),
    ),
    _piece(
        slug="linocut-gull",
        title="Gull on a piling, linocut",
        description=paragraphs(
            "Every harbour has one with this expression. A single block in blue-black, every feather a separate "
            "push of the gouge. The white is simply paper that was left alone.",
            "Image 9 by 12 in. Edition of 80. Printed by hand on mulberry paper thin enough to see your fingers "
            "through.",
        ),
        materials=("oil-based ink", "mulberry paper"),
        price_minor=8500,
        stock=22,
        lead_time_days=0,
        weight_grams=260,
        dimensions="11 × 15 in (28 × 38 cm)",
        motif=Motif("print", form="sheet", surface="bird", colours=("#22384c", "#e4ddcf")),
        pictures=views(
            "Blue-black linocut of a gull standing on a wooden post",
            "Gouge marks forming the gull's feathers",
        ),
    ),
    _piece(
        slug="linocut-kelp",
        title="Kelp and current, linocut pair of greens",
        description=paragraphs(
            "Long blades leaning the same way. Two blocks, bottle green over sea green, printed slightly off "
            "register to give it swim.",
            "Image 10 by 20 in, tall and narrow for the wall between two windows. Edition of 45.",
        ),
        materials=("oil-based ink", "cotton rag paper"),
        price_minor=11000,
        stock=13,
        lead_time_days=0,
        weight_grams=420,
        dimensions="13 × 23 in (33 × 58 cm)",
        motif=Motif("print", form="tall", surface="kelp", colours=("#2c5c50", "#7fae97", "#eee8da")),
        pictures=views(
            "Tall print of kelp blades in two greens",
            "Overlapping kelp where the two greens make a third",
            "Kelp print hung on a plaster wall over a shelf",
        ),
    ),
    _piece(
        slug="linocut-moon-tide",
        title="Spring tide, linocut with a silver moon",
        description=paragraphs(
            "A moon over ruled water. The sea is two hundred cut lines and Marcus lost count only once, which is "
            "visible if you look. Silver ink is dusted on by hand while the blue is tacky.",
            "Image 12 by 12 in. Edition of 30, of which a few remain.",
        ),
        materials=("oil-based ink", "mica powder", "cotton rag paper"),
        price_minor=16500,
        stock=4,
        lead_time_days=0,
        weight_grams=420,
        dimensions="15 × 15 in (38 × 38 cm)",
        motif=Motif("print", form="square", surface="moonsea", colours=("#23405e", "#dfe3e6", "#8fa5b5")),
        pictures=views(
            "Square print of a pale moon above lined dark blue water",
            "Cut lines of water broken by the moon's reflection",
        ),
    ),
    _piece(
        slug="linocut-lighthouse-winter",
        title="Light station in winter, framed",
        description=paragraphs(
            "Snow is the easiest thing to print and the hardest to leave alone. Four colours, most of them grey, "
            "and one small red door.",
            "Framed in salvaged spruce lath, 17 by 21 in with glass. The last of the edition, number 50 of 50.",
        ),
        materials=("oil-based ink", "cotton rag paper", "spruce", "glass"),
        price_minor=28500,
        stock=1,
        lead_time_days=0,
        weight_grams=2800,
        dimensions="17 × 21 in framed (43 × 53 cm)",
        motif=Motif("print", form="framed", surface="lighthouse", colours=("#9db0bb", "#eef0ee", "#33495a", "#b8402f")),
        pictures=views(
            "Framed print of a white lighthouse with a red door in snow",
            "Red door printed against layered greys",
            "Framed lighthouse print above a wooden shelf",
        ),
    ),
    _piece(
        slug="seabird-cards-six",
        title="Six seabird cards",
        description=paragraphs(
            "Puffin, gannet, tern, cormorant, eider, and the gull again because people ask. Printed letterpress "
            "from the original blocks at postcard size, on card you can feel the bite in.",
            "4¼ by 5½ in folded, blank inside, kraft envelopes. Two ink colours through the set.",
        ),
        materials=("cotton card", "kraft envelopes"),
        price_minor=2800,
        stock=25,
        lead_time_days=0,
        weight_grams=180,
        dimensions="4¼ × 5½ in (11 × 14 cm)",
        motif=Motif("cards", form="fan", surface="bird", colours=("#f2eee4", "#274156", "#c9553d")),
        pictures=views(
            "Fan of cream cards printed with seabirds, kraft envelopes behind",
            "Letterpress ink bitten into soft cotton card",
        ),
    ),
    _piece(
        slug="storm-flags-cards",
        title="Signal flag cards, set of eight",
        description=paragraphs(
            "The flags that mean something rude, something kind, or something useful on a wharf. Each card has "
            "the meaning printed small at its foot, where the recipient can find it later.",
            "4 by 6 in flat cards, four inks, wood type. White envelopes.",
        ),
        materials=("cotton card", "letterpress ink"),
        price_minor=3200,
        stock=19,
        lead_time_days=0,
        weight_grams=210,
        dimensions="4 × 6 in (10 × 15 cm)",
        motif=Motif("cards", form="grid", surface="flags", colours=("#f2eee4", "#274f86", "#c9432f", "#e6b93f")),
        pictures=views(
            "Eight cards printed with bright signal flags",
            "Red and yellow blocks of ink meeting at an edge",
        ),
    ),
    _piece(
        slug="tide-calendar",
        title="Tide calendar, twelve months on one sheet",
        description=paragraphs(
            "The year's high waters drawn as a single ribbon, month below month. Useful to about six people and "
            "hung by several thousand. Set in metal type, figures and all.",
            "13 by 19 in, indigo and red on cream. Tide data for Lunenburg; add or take twelve minutes for Mahone Bay.",
        ),
        materials=("letterpress ink", "cotton paper"),
        price_minor=4200,
        stock=24,
        lead_time_days=0,
        weight_grams=220,
        dimensions="13 × 19 in (33 × 48 cm)",
        motif=Motif("print", form="sheet", surface="tides", colours=("#2d4a6b", "#c9553d", "#f1ebdd")),
        pictures=views(
            "Cream sheet printed with twelve wavy rows of tides in indigo",
            "Wave line crossing small red type marks",
            "Tide calendar on the wall above a shelf",
        ),
    ),
    _piece(
        slug="logbook-canvas",
        title="Ship's log, canvas-bound",
        description=paragraphs(
            "Bound in sailcloth from the loft downstairs, stitched with tarred twine through four holes. Columns "
            "for wind, weather and remarks, or use it for what you ate.",
            "6 by 9 in, 144 pages, printed letterpress. Floats for a bit.",
        ),
        materials=("sailcloth", "tarred twine", "ruled paper"),
        price_minor=5800,
        stock=10,
        lead_time_days=5,
        weight_grams=420,
        dimensions="6 × 9 in (15 × 23 cm)",
        motif=Motif("notebook", form="stab", surface="canvas", colours=("#d8d1bf", "#2b3f52")),
        pictures=views(
            "Canvas-bound logbook with dark twine stitched along its spine",
            "Tarred twine crossing cream sailcloth",
            "Ship's log on a desk with a pencil",
        ),
    ),
    _piece(
        slug="spruce-wrapping-sheets",
        title="Wrapping paper, block-printed spruce",
        description=paragraphs(
            "One small block, pressed by foot three hundred times. It's too good to tear, and everyone who gets "
            "it folds it up and keeps it.",
            "Four sheets, 20 by 28 in, dark green on kraft. Sent folded, because tubes cost more than the paper.",
        ),
        materials=("kraft paper", "water-based ink"),
        price_minor=2200,
        stock=21,
        lead_time_days=0,
        weight_grams=260,
        dimensions="each 20 × 28 in (51 × 71 cm)",
        motif=Motif("papers", form="stack", surface="spruce", colours=("#c9a97c", "#2f4a3c")),
        pictures=views(
            "Kraft wrapping sheets printed with rows of dark green spruce trees",
            "Block-printed spruce on brown kraft",
        ),
    ),
)
