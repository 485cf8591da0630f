"""Cold Lake Forge, Minnesota: kitchen knives and household ironwork."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="cold-lake-forge",
    name="Cold Lake Forge",
    owner_name="Henrik Aho",
    tagline="Ironwork for kitchens, hearths and back doors",
    story=paragraphs(
        "Henrik Aho's forge is a mile north of Ely, Minnesota, where the road gives up and the lakes start. His "
        "grandfather shod horses for a logging camp on the same spot, and the anvil is his: 312 pounds, with a "
        "sway in its face like an old bed.",
        "Winters are for knives and summers for everything else, since a hot shop is a pleasure at minus thirty. "
        "The steel is mostly old saw blades and leaf springs. Each blade is broken in spirit before it's sold: "
        "bent, dropped, and made to cut a rope two hundred times.",
        "He answers letters on Sundays. Sharpening is free if you pay the stamp.",
    ),
    city="Ely",
    region="MN",
    country="US",
    postal_code="55731",
    street="1 End of the Echo Road",
    currency="USD",
    palette=("#cfd0cc", "#8f8377", "#3b4147", "#9d5b36", "#e9e6df"),
    ships_from="Ely, Minnesota",
    shipping_first_minor=900,
    shipping_additional_minor=350,
    abroad_first_minor=2900,
    abroad_additional_minor=1000,
    handling_days=3,
)

_piece = partial(Listing, shop=SHOP.slug, category="metalwork")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="eight-inch-chef-knife",
        title="Eight-inch chef's knife in birch",
        description=paragraphs(
            "Forged from a mill saw that cut pine for sixty years. The scale is left on the flats, black and "
            "slightly rough, which keeps potatoes from sticking. Only the bevel is bright.",
            "8 in blade, 13 in overall. Handle of stacked birch bark, warm and grippy when wet. Carbon steel: "
            "wipe it dry and it turns a fine blue-grey.",
        ),
        materials=("carbon steel", "birch bark", "brass"),
        price_minor=24500,
        stock=3,
        lead_time_days=21,
        weight_grams=380,
        dimensions="13 in overall (33 cm)",
        motif=Motif("knife", form="chef", surface="forged", colours=("#4a4d51", "#b78654", "#c2a257")),
        pictures=views(
            "Chef's knife with a dark forged blade, bright edge and birch bark handle",
            "Forge scale above a freshly ground bevel",
            "Chef's knife on linen with pears",
        ),
    ),
    _piece(
        slug="paring-knife-apple",
        title="Paring knife for in the hand",
        description=paragraphs(
            "Short, thin, with a drop at the heel so your thumb stays out of it. Made for work in the air and "
            "not on a board: apples, garlic, fishing line.",
            "3¼ in blade in spring steel, handle of curly maple with two brass pins. Sheath of folded birch bark.",
        ),
        materials=("spring steel", "curly maple", "brass"),
        price_minor=9800,
        stock=10,
        lead_time_days=5,
        weight_grams=120,
        dimensions="7½ in overall (19 cm)",
        motif=Motif("knife", form="paring", surface="satin", colours=("#a9adb0", "#c99a63", "#c2a257")),
        pictures=views(
            "Small paring knife with a curly maple handle and brass pins",
            "Brass pin set flush in rippled maple",
        ),
    ),
    _piece(
        slug="bread-saw",
        title="Bread knife with a scalloped edge",
        description=paragraphs(
            "The teeth are filed, not stamped, wide and shallow with a chisel grind on one side. It goes through "
            "a crust without sounding like a saw, and can be resharpened with a dowel and grit paper.",
            "10 in blade. Handle of fire-killed jack pine soaked in resin. Right-handed grind; left on request, "
            "same price.",
        ),
        materials=("carbon steel", "stabilised jack pine"),
        price_minor=19500,
        stock=4,
        lead_time_days=14,
        weight_grams=340,
        dimensions="15 in overall (38 cm)",
        motif=Motif("knife", form="bread", surface="satin", colours=("#9fa3a6", "#6b4a33", "#3c3a38")),
        pictures=views(
            "Long bread knife with scalloped teeth and a dark wooden handle",
            "Hand-filed scallops along the edge",
            "Bread knife beside pears on linen",
        ),
    ),
    _piece(
        slug="ram-head-hooks-pair",
        title="Pair of ram's-horn coat hooks",
        description=paragraphs(
            "Split at one end and curled both ways while the iron is orange. You get about nine seconds. The "
            "back plate is punched for two screws, with rosehead ones provided.",
            "5 in high. Finished hot with beeswax, which smokes, stinks and lasts. Holds a wet canoe coat.",
        ),
        materials=("mild steel", "beeswax"),
        price_minor=4800,
        stock=16,
        lead_time_days=0,
        weight_grams=460,
        dimensions="5 × 3 in (13 × 8 cm)",
        motif=Motif("hook", form="ram", surface="forged", colours=("#3c3f42", "#6b6f73")),
        pictures=views(
            "Two black iron hooks with ends curled like ram's horns",
            "Hammer facets along a curled iron bar",
        ),
    ),
    _piece(
        slug="leaf-hook-single",
        title="Leaf hook for a back door",
        description=paragraphs(
            "The bar is drawn out to a leaf, veined with a blunt chisel, then folded forward until it will hold "
            "a leash. No two leaves: Henrik goes by what is on the tree that week.",
            "6 in long with one screw hole. Outdoors it will rust to brown and stop; indoors it stays black.",
        ),
        materials=("mild steel", "linseed finish"),
        price_minor=2800,
        stock=20,
        lead_time_days=0,
        weight_grams=210,
        dimensions="6 × 1½ in (15 × 4 cm)",
        motif=Motif("hook", form="leaf", surface="forged", colours=("#403d3b", "#7a6c5c")),
        pictures=views("Iron wall hook ending in a veined leaf", "Chisel-cut veins in a black iron leaf"),
    ),
    _piece(
        slug="twist-candlestick",
        title="Square-bar candlestick, basket twist",
        description=paragraphs(
            "Four rods welded at their ends, twisted tight, then untwisted half a turn so that they open into a "
            "cage. It is a trick, and it still pleases everyone who sees it done.",
            "10 in high, drip pan 3½ in. For ⅞ in candles. Weighs enough to defend the house.",
        ),
        materials=("mild steel", "beeswax"),
        price_minor=7600,
        stock=7,
        lead_time_days=6,
        weight_grams=950,
        dimensions="10 × 3½ in (25 × 9 cm)",
        motif=Motif("candlestick", form="iron", surface="iron", colours=("#3a3b3d", "#6c6d70")),
        pictures=views(
            "Black iron candlestick with a twisted stem and a cream candle",
            "Twisted iron opening into a small cage",
            "Iron candlestick on a shelf beside books",
        ),
    ),
    _piece(
        slug="carbon-skillet-ten",
        title="Ten-inch skillet, forged handle",
        description=paragraphs(
            "Spun dish, hammered inside to close the steel, with a handle forged separately and riveted on at an "
            "angle that suits a short cook. Seasoned four times in grapeseed before it leaves.",
            "10 in across, 3¾ lb: half of cast iron. Induction, oven, campfire. Don't leave it in the sink.",
        ),
        materials=("carbon steel",),
        price_minor=16800,
        stock=5,
        lead_time_days=10,
        weight_grams=2000,
        dimensions="10 in, 18 in with handle (25 / 46 cm)",
        motif=Motif("skillet", form="round", surface="hammered", colours=("#3b3a3b", "#5d5b5a")),
        pictures=views(
            "Dark hammered skillet with a long forged handle, from above",
            "Hammered seasoning-black steel inside the pan",
        ),
    ),
    _piece(
        slug="sunwheel-trivet",
        title="Sunwheel trivet",
        description=paragraphs(
            "Eight spokes inside a ring, each spoke bent into a wave so that the whole thing flexes when a hot "
            "pot lands and never dances. Small feet lift it off the table.",
            "8 in across. Riveted, not welded, because rivets are prettier.",
        ),
        materials=("mild steel", "beeswax"),
        price_minor=5400,
        stock=9,
        lead_time_days=0,
        weight_grams=720,
        dimensions="8 in across (20 cm)",
        motif=Motif("trivet", form="wheel", surface="forged", colours=("#3f4143", "#717477")),
        pictures=views(
            "Round iron trivet with wavy spokes, from above",
            "Rivet head where a wavy spoke meets the rim",
            "Iron trivet on linen with pears",
        ),
    ),
    _piece(
        slug="spiral-trivet",
        title="Spiral trivet from one bar",
        description=paragraphs(
            "Nine feet of half-inch bar wound flat like a snail, with both ends finished in a small ball. There "
            "isn't a join in it. A favourite of people who pick things up and turn them over.",
            "7 in across. Doubles as a thing to think with.",
        ),
        materials=("mild steel", "linseed finish"),
        price_minor=4600,
        stock=12,
        lead_time_days=0,
        weight_grams=980,
        dimensions="7 in across (18 cm)",
        motif=Motif("trivet", form="spiral", surface="forged", colours=("#44403d", "#7a7069")),
        pictures=views("Flat iron spiral trivet from above", "Rounded end of the bar at the spiral's centre"),
    ),
    _piece(
        slug="supper-bell",
        title="Supper bell on a bracket",
        description=paragraphs(
            "Rolled from plate and brazed with brass so that it rings instead of clanking; the pitch is "
            "somewhere near G. It carries across a bay, which was measured with a brother-in-law and a canoe.",
            "5½ in high bell, 8 in bracket, knotted cord. Two lag screws in the box.",
        ),
        materials=("steel", "brass braze", "hemp cord"),
        price_minor=8800,
        stock=6,
        lead_time_days=0,
        weight_grams=1300,
        dimensions="bell 5½ × 4 in (14 × 10 cm)",
        motif=Motif("bell", form="bracket", surface="forged", colours=("#6d5a3e", "#3c3d3f")),
        pictures=views(
            "Bronze-coloured bell hanging from a black iron bracket",
            "Hammer marks over the bronze-coloured bell",
        ),
    ),
)
