"""Tannery Lane Leather, Wisconsin: saddle-stitched bags and small goods."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="tannery-lane",
    name="Tannery Lane Leather",
    owner_name="Walt Jankowski",
    tagline="Two needles, one thread, no rivets where a stitch will do",
    story=paragraphs(
        "Walt Jankowski made harness for the brewery horses of Milwaukee until there was one pair of horses "
        "left. Their harness did not wear out, which was the trouble. He turned to bags at fifty-two, with the "
        "same stitching horse between his knees.",
        "Hides come from a bark tannery in Pennsylvania that takes six weeks where others take a day. His "
        "daughter Hanna cuts, because she is better at seeing where a cow has scratched itself, and leaves the "
        "mark in if it's a good one.",
        "A saddle stitch is two needles through every hole. Cut one stitch and the next still holds. They "
        "guarantee the sewing for as long as either of them is alive.",
    ),
    city="Milwaukee",
    region="WI",
    country="US",
    postal_code="53204",
    street="512 Tannery Lane",
    currency="USD",
    palette=("#d6cbbd", "#a98a6c", "#6b3f26", "#2f3a36", "#efe6da"),
    ships_from="Milwaukee, Wisconsin",
    shipping_first_minor=800,
    shipping_additional_minor=250,
    abroad_first_minor=2600,
    abroad_additional_minor=700,
    handling_days=3,
)

_piece = partial(Listing, shop=SHOP.slug, category="leather")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="market-tote-chestnut",
        title="Market tote in chestnut bridle leather",
        description=paragraphs(
            "One hide, folded at the bottom so there is no seam to fail. The handles are rolled over rope and "
            "stitched at eleven to the inch. Unlined: the flesh side is slicked with a glass until it feels like "
            "suede.",
            "14 by 13 by 5 in, handle drop 9 in. Smells of the tannery for a year. Rub in a little balm each autumn.",
        ),
        materials=("bark-tanned bridle leather", "linen thread"),
        price_minor=28500,
        stock=4,
        lead_time_days=14,
        weight_grams=1300,
        dimensions="14 × 13 × 5 in (36 × 33 × 13 cm)",
        motif=Motif("tote", form="market", surface="leather", colours=("#8a5230", "#e6d6b8")),
        pictures=views(
            "Chestnut leather tote with two rolled handles and pale stitching",
            "Even saddle stitches along a burnished chestnut edge",
            "Chestnut tote hanging from a wooden peg",
        ),
    ),
    _piece(
        slug="post-satchel-black",
        title="Postman's satchel in black",
        description=paragraphs(
            "A flap that closes with its own weight and one brass stud. The gusset is a single strip, wetted and "
            "bent round a form, so the corners stay round for life.",
            "13 by 10 by 4 in: a laptop, a lunch and a book. The strap adjusts from 38 to 54 in. The black is "
            "struck through to the core and won't scuff brown.",
        ),
        materials=("bark-tanned leather", "solid brass", "linen thread"),
        price_minor=34500,
        stock=3,
        lead_time_days=21,
        weight_grams=1450,
        dimensions="13 × 10 × 4 in (33 × 25 × 10 cm)",
        motif=Motif("satchel", form="flap", surface="leather", colours=("#35312f", "#b8934a")),
        pictures=views(
            "Black leather satchel with a rounded flap, brass stud and shoulder strap",
            "Brass stud set in smooth black leather beside a row of stitches",
            "Black satchel hanging on a peg rail",
        ),
    ),
    _piece(
        slug="field-satchel-tan",
        title="Small field bag in russet",
        description=paragraphs(
            "For binoculars, a notebook and an apple. Two straps with roller buckles, since gloves can work "
            "those. The back has a slot for a belt if you would rather not sling it.",
            "9 by 8 by 3 in. Russet is undyed; it begins the colour of a biscuit and ends the colour of a violin.",
        ),
        materials=("undyed bark-tanned leather", "brass"),
        price_minor=21500,
        stock=5,
        lead_time_days=10,
        weight_grams=850,
        dimensions="9 × 8 × 3 in (23 × 20 × 8 cm)",
        motif=Motif("satchel", form="buckles", surface="leather", colours=("#c08a57", "#c4a052")),
        pictures=views(
            "Small russet leather field bag with two buckled straps",
            "Pale russet grain with a healed scratch in it",
        ),
    ),
    _piece(
        slug="bifold-wallet-oxblood",
        title="Bifold wallet, six pockets, oxblood",
        description=paragraphs(
            "Thinned at the fold and at nothing else, so it closes flat with eight cards in it. Pocket edges are "
            "creased with a hot iron, a line you can find with a thumbnail.",
            "4¼ by 3½ in closed. Note slot takes dollars, loonies' worth of bills and euros alike. Stitched in "
            "cream linen at ten to the inch.",
        ),
        materials=("vegetable-tanned calf", "linen thread"),
        price_minor=8900,
        stock=15,
        lead_time_days=0,
        weight_grams=110,
        dimensions="4¼ × 3½ in (11 × 9 cm)",
        motif=Motif("wallet", form="bifold", surface="leather", colours=("#6d2a2a", "#e3d2b4")),
        pictures=views(
            "Oxblood bifold wallet lying closed, cream stitching along its edges",
            "Creased line and cream stitches on oxblood calf",
            "Oxblood wallet on a desk beside a notebook and a pencil",
        ),
    ),
    _piece(
        slug="card-sleeve-green",
        title="Card sleeve in forest green",
        description=paragraphs(
            "Two pieces of leather, eighteen stitches, three pockets. A thumb notch pushes the cards up. It is "
            "the thing we make when somebody asks to learn, and the thing they carry afterwards.",
            "4 by 2¾ in. Holds five cards at first and eight by Christmas. Front pocket fits a folded bill.",
        ),
        materials=("vegetable-tanned calf",),
        price_minor=4200,
        stock=24,
        lead_time_days=0,
        weight_grams=50,
        dimensions="4 × 2¾ in (10 × 7 cm)",
        motif=Motif("wallet", form="sleeve", surface="leather", colours=("#38503f", "#d9c9a6")),
        pictures=views(
            "Slim green leather card sleeve with a curved thumb notch",
            "Forest green leather with a burnished notch",
        ),
    ),
    _piece(
        slug="long-wallet-natural",
        title="Long wallet in natural veg-tan",
        description=paragraphs(
            "For those who don't fold their money. A zip pocket in the middle keeps coins from drilling into the "
            "cards, and the tab closes with a slot instead of a snap.",
            "7½ by 3¾ in. Arrives the colour of oatmeal. Sun, hands and a winter coat will do the dyeing.",
        ),
        materials=("natural vegetable-tanned leather", "brass zip"),
        price_minor=12400,
        stock=6,
        lead_time_days=7,
        weight_grams=190,
        dimensions="7½ × 3¾ in (19 × 9.5 cm)",
        motif=Motif("wallet", form="long", surface="leather", colours=("#d0a276", "#8a5a34")),
        pictures=views(
            "Long natural-coloured leather wallet with a tab closure",
            "Untouched natural leather with fine pores",
        ),
    ),
    _piece(
        slug="harness-belt-brown",
        title="Harness belt, 1½ inch",
        description=paragraphs(
            "Cut from the back, where the fibres run straight and nothing stretches. Edges are bevelled, wetted "
            "and rubbed with canvas until they look like poured resin. The buckle is cast from an old hame.",
            "Measure your present belt from buckle to the hole you use, and send the figure. Five holes, one "
            "inch apart.",
        ),
        materials=("harness butt", "cast brass"),
        price_minor=9800,
        stock=12,
        lead_time_days=4,
        weight_grams=330,
        dimensions="1½ in (38 mm) wide",
        motif=Motif("belt", form="coiled", surface="leather", colours=("#5b3823", "#c39a4a")),
        pictures=views(
            "Brown leather belt coiled into a spiral with a brass buckle",
            "Burnished belt edge, smooth as glass",
        ),
    ),
    _piece(
        slug="narrow-belt-black",
        title="Narrow dress belt in black",
        description=paragraphs(
            "Half the weight of our harness belt, and lined so that both faces are grain. A raised line follows "
            "each edge. The buckle is a plain square of nickel silver.",
            "1⅛ in wide. Made to the inch: tell us the hole you wear. Repunching is free if supper changes your mind.",
        ),
        materials=("bark-tanned leather", "nickel silver"),
        price_minor=8800,
        stock=10,
        lead_time_days=4,
        weight_grams=220,
        dimensions="1⅛ in (28 mm) wide",
        motif=Motif("belt", form="coiled", surface="leather", colours=("#2e2b2b", "#b9bcc0")),
        pictures=views(
            "Narrow black belt coiled with a square silver-coloured buckle",
            "Burnished black edge of the coiled belt",
        ),
    ),
    _piece(
        slug="refillable-journal-cover",
        title="Journal cover that outlives the journal",
        description=paragraphs(
            "Takes any A5 book: slide the boards into the flaps, and pull the old one out when it's full. Wraps "
            "with a thong, twice round, tucked under.",
            "9 by 6½ in closed. Comes with a sewn blank book of 160 pages. Blind-stamp initials at no cost, up "
            "to three.",
        ),
        materials=("oil-pulled leather", "waxed linen"),
        price_minor=9600,
        stock=8,
        lead_time_days=3,
        weight_grams=420,
        dimensions="9 × 6½ in (23 × 16.5 cm)",
        motif=Motif("notebook", form="wrap", surface="leather", colours=("#7b4d2f", "#4b2d1b")),
        pictures=views(
            "Brown leather journal wrapped with a leather thong",
            "Oil-darkened leather, lighter where it bends",
            "Leather journal on a desk beside a pencil",
        ),
    ),
    _piece(
        slug="key-loop-offcut",
        title="Key loop from the offcut box",
        description=paragraphs(
            "Whatever was on the floor on Friday: brown, black, green or red. A strap, a brass ring, six "
            "stitches. Cheap because it is nearly free to make, good because it isn't made differently.",
            "5 in long. We choose the colour; write a preference and Hanna will rummage.",
        ),
        materials=("leather offcuts", "brass"),
        price_minor=1800,
        stock=25,
        lead_time_days=0,
        weight_grams=35,
        dimensions="5 in (13 cm)",
        motif=Motif("belt", form="fob", surface="leather", colours=("#9a5b33", "#c8a04f")),
        pictures=views(
            "Short brown leather key loop on a brass ring", "Brown leather of the key strap, its edge rubbed smooth"
        ),
    ),
)
