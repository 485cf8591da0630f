"""The Marbled Hare, Massachusetts: marbled papers and hand-sewn books."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="marbled-hare",
    name="The Marbled Hare",
    owner_name="Imogen Farrow",
    tagline="Books that lie flat and papers that won't hold still",
    story=paragraphs(
        "Imogen Farrow repaired other people's books for a college library in Northampton, Massachusetts, until "
        "she had seen every way in which a book can fail. The ones she makes don't do those things.",
        "On Mondays she marbles. A tray of carrageenan, a row of jars, a rake made of a ruler and pins: paint "
        "floats, is combed, and is lifted off on a sheet in one go. You get a single pull. By Tuesday the lines "
        "hold forty sheets and the hare, who is real and lives under the guillotine, has blue feet.",
        "She sews on linen tapes, rounds the spine with a hammer, and signs in pencil on the last page, where it "
        "is nobody's business.",
    ),
    city="Northampton",
    region="MA",
    country="US",
    postal_code="01060",
    street="44 Bindery Row",
    currency="USD",
    palette=("#dcd6cd", "#b4a797", "#2f4f5c", "#b4523f", "#f3eee4"),
    ships_from="Northampton, Massachusetts",
    shipping_first_minor=600,
    shipping_additional_minor=150,
    abroad_first_minor=1900,
    abroad_additional_minor=400,
    handling_days=2,
)

_piece = partial(Listing, shop=SHOP.slug, category="paper")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="quarter-cloth-journal-teal",
        title="Quarter-bound journal, teal comb",
        description=paragraphs(
            "Navy book cloth on the spine, a nonpareil combed in teal and cream on the boards. Opens flat at "
            "page one and at page two hundred, since that is what sewing is for.",
            "6 by 8½ in, 208 pages of 100 gsm laid paper that takes a fountain pen. Ribbon in rust. The pattern "
            "is close to the picture and never the same.",
        ),
        materials=("marbled paper", "book cloth", "laid paper", "linen thread"),
        price_minor=5400,
        stock=9,
        lead_time_days=0,
        weight_grams=520,
        dimensions="6 × 8½ in (15 × 21.5 cm)",
        motif=Motif(
            "notebook", form="quarter", surface="nonpareil", colours=("#2f6f78", "#f0e6d0", "#27374d", "#c5673f")
        ),
        pictures=views(
            "Hardback journal with a navy spine and teal combed marbling",
            "Fine combed scallops of teal, cream and rust",
            "Marbled journal on a desk beside a pencil",
        ),
    ),
    _piece(
        slug="stone-pattern-notebook",
        title="Pocket notebook, stone marble",
        description=paragraphs(
            "The oldest pattern: drops thrown from a whisk, left exactly as they fall. Red over black over buff. "
            "Small enough for a shirt and strong enough for a hip.",
            "3½ by 5½ in, 96 plain pages sewn in a single section with a pamphlet stitch through brass eyelets. "
            "Corners rounded with a chisel.",
        ),
        materials=("marbled paper", "cotton rag paper"),
        price_minor=2400,
        stock=22,
        lead_time_days=0,
        weight_grams=120,
        dimensions="3½ × 5½ in (9 × 14 cm)",
        motif=Motif("notebook", form="pocket", surface="stone", colours=("#b4473a", "#26242a", "#e2cfae")),
        pictures=views(
            "Pocket notebook covered in red, black and buff stone marbling",
            "Round drops of red and black paint pressed against each other",
        ),
    ),
    _piece(
        slug="guest-book-peacock",
        title="Guest book, peacock marbling",
        description=paragraphs(
            "Combed four times and then drawn through with a double rake, until eyes open all over the sheet. "
            "Bound in half leather with raised bands for weddings, inns and funerals, which all need the same "
            "paper.",
            "11 by 8½ in landscape, 160 pages. Lettering on the spine in real gold leaf, up to twenty "
            "characters, included.",
        ),
        materials=("marbled paper", "goatskin", "gold leaf", "cotton paper"),
        price_minor=18500,
        stock=2,
        lead_time_days=15,
        weight_grams=1500,
        dimensions="11 × 8½ in (28 × 21.5 cm)",
        motif=Motif("notebook", form="album", surface="peacock", colours=("#1f5160", "#d8a24a", "#7d2f3a", "#efe4cc")),
        pictures=views(
            "Wide guest book in peacock marbling with a leather spine",
            "Peacock eyes in blue-green and ochre marbling",
            "Guest book on a desk with a pencil",
        ),
    ),
    _piece(
        slug="marbled-sheets-five",
        title="Five marbled sheets, Monday's pull",
        description=paragraphs(
            "For your own boxes, drawers and endpapers. A roll of five from the same morning, usually three "
            "quiet and two loud. Acid-free, alum-washed, ironed from behind.",
            "Each 18 by 24 in. Seconds we keep to wrap parcels in, so you will probably get a sixth.",
        ),
        materials=("marbled cotton paper",),
        price_minor=6200,
        stock=8,
        lead_time_days=0,
        weight_grams=380,
        dimensions="each 18 × 24 in (46 × 61 cm)",
        motif=Motif("papers", form="fan", surface="swirl", colours=("#3d6b8c", "#e9d9b8", "#c2613f", "#273449")),
        pictures=views(
            "Overlapping sheets of swirled marbled paper in blue, rust and cream",
            "Swirls drawn through wet paint with a single pin",
        ),
    ),
    _piece(
        slug="concertina-album",
        title="Concertina album in rose and grey",
        description=paragraphs(
            "Twelve panels that fold out to nine feet. Stand it along a mantel with photographs, or write a "
            "letter that gets longer. Boards in French curl, done with a chopstick.",
            "6 by 6 in closed. Card of 250 gsm; photo corners and a paper band are in the box.",
        ),
        materials=("marbled paper", "cotton card"),
        price_minor=4600,
        stock=7,
        lead_time_days=4,
        weight_grams=360,
        dimensions="6 × 6 in (15 × 15 cm)",
        motif=Motif("notebook", form="square", surface="curl", colours=("#c78a8c", "#ece4da", "#6f7683", "#8f4f57")),
        pictures=views(
            "Square album covered in rose and grey curled marbling",
            "French curls of rose and grey paint",
        ),
    ),
    _piece(
        slug="letter-set-gilt",
        title="Writing set with marbled envelope linings",
        description=paragraphs(
            "Ten plain sheets, ten envelopes, and inside each flap a strip of marbling that only the reader "
            "sees. Deckle left on three sides.",
            "Sheets 5¾ by 8 in of Italian-mould cotton paper, heavy as a shirt cuff. Tied in tape; the tape is "
            "reusable, and you'll reuse it.",
        ),
        materials=("cotton paper", "marbled paper"),
        price_minor=3800,
        stock=14,
        lead_time_days=0,
        weight_grams=300,
        dimensions="5¾ × 8 in (14.5 × 20 cm)",
        motif=Motif("cards", form="envelope", surface="nonpareil", colours=("#f2ecdf", "#35626f", "#c56b46")),
        pictures=views(
            "Cream writing sheets and envelopes with marbled linings",
            "Marbled strip inside an open envelope flap",
        ),
    ),
    _piece(
        slug="recipe-book-waxed",
        title="Kitchen recipe book with waxed boards",
        description=paragraphs(
            "The covers are sealed with three coats of beeswax so that batter wipes off. Tabs are cut by hand "
            "down the fore-edge: soups, mains, sweets, things from Gran.",
            "7 by 9½ in, 180 ruled pages, plus a pocket at the back for clippings. Lies open beside a mixing "
            "bowl without a paperweight.",
        ),
        materials=("marbled paper", "beeswax", "ruled paper"),
        price_minor=6800,
        stock=5,
        lead_time_days=8,
        weight_grams=680,
        dimensions="7 × 9½ in (18 × 24 cm)",
        motif=Motif("notebook", form="quarter", surface="stone", colours=("#c98b3c", "#5a6a4a", "#f0e3c6", "#7a3f2c")),
        pictures=views(
            "Recipe book in ochre and green stone marbling with a cloth spine",
            "Waxed marbling in ochre, olive and cream",
        ),
    ),
    _piece(
        slug="pencil-box-papered",
        title="Papered pencil box",
        description=paragraphs(
            "A sliding-lid box of greyboard dressed inside and out. Corners are lapped like a present that a "
            "careful aunt wrapped. Keeps a dozen pencils, or one good pen and several bad.",
            "8½ by 2½ by 1½ in. Lined in plain ochre. The hare's paw print on the bottom is a rubber stamp; she "
            "would not hold still.",
        ),
        materials=("greyboard", "marbled paper"),
        price_minor=3400,
        stock=11,
        lead_time_days=0,
        weight_grams=210,
        dimensions="8½ × 2½ × 1½ in (21.5 × 6.5 × 4 cm)",
        motif=Motif("box", form="papered", surface="nonpareil", colours=("#7d3b46", "#ecdfc6", "#2f4f5c", "#d29a4e")),
        pictures=views(
            "Long lidded pencil box covered in red combed marbling",
            "Combed marbling meeting at a neat lapped corner",
        ),
    ),
    _piece(
        slug="one-sheet-framed-swirl",
        title="A single sheet, mounted",
        description=paragraphs(
            "Once or twice a month a pull comes off the tray that is too good to cut. Those are float-mounted on "
            "museum board, numbered one of one, and hung.",
            "Sheet 14 by 18 in, frame 18 by 22 in of limed ash with acrylic. No. 61: indigo swirl with a run of "
            "gold across the lower third.",
        ),
        materials=("marbled cotton paper", "ash frame", "acrylic"),
        price_minor=22500,
        stock=1,
        lead_time_days=0,
        weight_grams=2400,
        dimensions="18 × 22 in framed (46 × 56 cm)",
        motif=Motif("print", form="framed", surface="swirl", colours=("#2b4a73", "#e7dcc4", "#c99a45", "#6f93ad")),
        pictures=views(
            "Framed sheet of indigo swirl marbling with veins of gold",
            "Gold and indigo paint drawn into long curves",
            "Framed marbling hung on a wall above a wooden shelf",
        ),
    ),
    _piece(
        slug="bookmark-trio",
        title="Three bookmarks with tassels",
        description=paragraphs(
            "Cut from the ends of the week's sheets and laminated with starch to a strip of calf, so that they "
            "bend and don't dog-ear. The tassels are leftover sewing thread.",
            "Each 1¼ by 6½ in. One patterned in combs, one in stones, one in curls.",
        ),
        materials=("marbled paper", "calfskin", "linen thread"),
        price_minor=1600,
        stock=25,
        lead_time_days=0,
        weight_grams=30,
        dimensions="each 1¼ × 6½ in (3 × 16.5 cm)",
        motif=Motif("cards", form="bookmarks", surface="nonpareil", colours=("#3f6f63", "#f0e6d2", "#b4563c")),
        pictures=views("Three marbled bookmarks with thread tassels", "Combed green and rust on a bookmark's edge"),
    ),
)
