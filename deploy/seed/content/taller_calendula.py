"""Taller Caléndula, Guerrero: brass, copper and stones with colour."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="taller-calendula",
    name="Taller Caléndula",
    owner_name="Teresa Aguilar Nava",
    tagline="Brass suns and stones the colour of fruit",
    story=paragraphs(
        "In Taxco every second door is a silversmith's. Teresa Aguilar Nava's father was one, and her uncles, "
        "and so she works in brass: nobody had told her how it ought to be done.",
        "The workshop is a roof terrace with marigolds in oil cans. Sheet is cut by hand, domed into a block of "
        "mesquite and soldered with silver. Stones come from cutters she has known since school: amber from "
        "Chiapas, jasper from Querétaro, turquoise only when the mine is named.",
        "Four women work here on piece rates they set together each January, on the feast of the Kings.",
    ),
    city="Taxco de Alarcón",
    region="GRO",
    country="MX",
    postal_code="40200",
    street="Callejón de las Macetas 9",
    currency="USD",
    palette=("#e4cfae", "#c98f62", "#2f5d5a", "#d9882b", "#f4e8d4"),
    ships_from="Taxco de Alarcón, Guerrero",
    shipping_first_minor=700,
    shipping_additional_minor=100,
    abroad_first_minor=1500,
    abroad_additional_minor=200,
    handling_days=3,
)

_piece = partial(Listing, shop=SHOP.slug, category="jewellery")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="calendula-sun-earrings",
        title="Caléndula earrings, brass petals",
        description=paragraphs(
            "Sixteen petals filed one at a time round a domed centre. In sunlight they throw coins of light on "
            "your neck, which strangers mention.",
            "1⅝ in across, hung on gold-filled hooks. They weigh what two almonds weigh. Lemon and salt bring "
            "back the shine.",
        ),
        materials=("brass", "gold-filled hooks"),
        price_minor=4600,
        stock=19,
        lead_time_days=0,
        weight_grams=50,
        dimensions="1⅝ in (41 mm) across",
        motif=Motif("earrings", form="flower", surface="polished", colours=("#d0a24a", "#8a6325")),
        pictures=views(
            "Pair of brass marigold-shaped earrings with many petals",
            "Filed petal edges around a domed brass centre",
            "Marigold earrings in a clay-coloured dish",
        ),
    ),
    _piece(
        slug="half-sun-fans",
        title="Half-sun fan earrings",
        description=paragraphs(
            "A half circle scored with rays and hung from its flat side, like the end of the day seen from the "
            "terrace. The rays are cut with a chisel struck once each.",
            "1¾ in wide, 1 in high. Brass sheet of 0.8 mm, edges rounded so that they never scratch. "
            "Hypoallergenic niobium hooks on request.",
        ),
        materials=("brass", "gold-filled hooks"),
        price_minor=3900,
        stock=24,
        lead_time_days=0,
        weight_grams=50,
        dimensions="1¾ × 1 in (44 × 25 mm)",
        motif=Motif("earrings", form="fan", surface="rays", colours=("#cf9c42", "#85602a")),
        pictures=views(
            "Pair of half-moon brass earrings scored with rays",
            "Chisel-cut rays in yellow brass",
        ),
    ),
    _piece(
        slug="amber-drop-necklace",
        title="Chiapas amber on a brass collar",
        description=paragraphs(
            "A drop of amber from Simojovel, clear as tea with one small wing of something that landed badly "
            "twenty million years ago. It hangs below a rigid brass wire that sits on the collarbone.",
            "Amber 1 in long; the collar opens at the back and suits necks of 13 to 16 in. Amber is soft: take "
            "it off before the perfume.",
        ),
        materials=("Chiapas amber", "brass"),
        price_minor=13800,
        stock=1,
        lead_time_days=0,
        weight_grams=90,
        dimensions="drop 1 in (25 mm)",
        motif=Motif("pendant", form="drop", surface="stone", colours=("#c9993f", "#c8681a")),
        pictures=views(
            "Honey-coloured amber drop hanging from a brass neck wire",
            "Light passing through amber with a dark inclusion",
            "Amber necklace coiled in a dish",
        ),
    ),
    _piece(
        slug="jasper-signet",
        title="Signet ring in Querétaro jasper",
        description=paragraphs(
            "The face is a slab of brick-red jasper banded with cream, let in flush with the brass so that the "
            "whole top is one smooth plane. A ring for people who talk with their hands.",
            "Face ½ in square. Sizes 6 to 10. Brass can leave a green shade on some skins; ours are lacquered "
            "within, and we re-lacquer free.",
        ),
        materials=("brass", "jasper"),
        price_minor=7200,
        stock=5,
        lead_time_days=6,
        weight_grams=60,
        dimensions="face ½ in (12 mm)",
        motif=Motif("ring", form="signet", surface="polished", colours=("#cda24e", "#a4442c")),
        pictures=views("Square brass signet ring with a brick-red stone", "Cream bands running through red jasper"),
    ),
    _piece(
        slug="turquoise-trail-ring",
        title="Three turquoises in a row",
        description=paragraphs(
            "Small round cabochons from one pocket of the Cananea mine, matched for blue and set touching on a "
            "slim brass band. Natural colour with a brown vein here and there, not dyed.",
            "Stones of 5 mm. Keep them from soap and sunscreen, as turquoise drinks. Sizes 5 to 9.",
        ),
        materials=("brass", "Cananea turquoise"),
        price_minor=8900,
        stock=4,
        lead_time_days=8,
        weight_grams=55,
        dimensions="stones 5 mm",
        motif=Motif("ring", form="trio", surface="polished", colours=("#cfa550", "#3f9aa0")),
        pictures=views(
            "Slim brass ring with three round turquoise stones",
            "Fine brown veins in blue-green turquoise",
            "Turquoise ring in a clay-coloured dish",
        ),
    ),
    _piece(
        slug="beaten-brass-cuff",
        title="Beaten cuff with folded edges",
        description=paragraphs(
            "The edges are folded back on themselves and hammered shut, so the cuff is light in the middle and "
            "strong at the rim. Planished all over on a steel stake that was once a train axle.",
            "1¼ in wide. Squeeze gently to fit; annealed soft on purpose. Left unlacquered to brown as you wear it.",
        ),
        materials=("brass",),
        price_minor=6400,
        stock=11,
        lead_time_days=0,
        weight_grams=120,
        dimensions="1¼ in (32 mm) wide",
        motif=Motif("bangle", form="cuff", surface="hammered", colours=("#cb9b45", "#80581f")),
        pictures=views(
            "Wide hammered brass cuff with a gap at the front",
            "Overlapping hammer facets on warm brass",
        ),
    ),
    _piece(
        slug="copper-brass-bangles-three",
        title="Three bangles: brass, copper, brass",
        description=paragraphs(
            "One round, one square, one half-round, so each finds its own place along the arm. Sold as a trio "
            "because Teresa's aunts refuse to wear fewer.",
            "2⅝ in inside. Together they weigh 62 g. Wash the copper with ketchup if it dulls; everyone laughs, "
            "then everyone does it.",
        ),
        materials=("brass", "copper"),
        price_minor=5200,
        stock=13,
        lead_time_days=0,
        weight_grams=110,
        dimensions="2⅝ in (67 mm) inside",
        motif=Motif("bangle", form="trio", surface="polished", colours=("#cfa24c", "#b8693f")),
        pictures=views("Three slim round bangles in brass and copper", "Copper and brass edges lying side by side"),
    ),
    _piece(
        slug="milagro-heart-brooch",
        title="Milagro heart brooch",
        description=paragraphs(
            "After the tin hearts pinned in the church for favours granted. Raised from the back with punches "
            "over pitch, with a flame at the top and a border of beads made one strike at a time.",
            "1¾ in high. Brass over a steel pin. Given, most often, to people coming out of hospital.",
        ),
        materials=("brass", "steel pin"),
        price_minor=4800,
        stock=15,
        lead_time_days=0,
        weight_grams=55,
        dimensions="1¾ in (44 mm) high",
        motif=Motif("brooch", form="heart", surface="rays", colours=("#cf9f46", "#8b5f26")),
        pictures=views(
            "Brass heart brooch topped with a flame",
            "Punched beads along the border of a brass heart",
            "Heart brooch beside a dish",
        ),
    ),
    _piece(
        slug="pomegranate-pendant",
        title="Pomegranate pendant with garnet seeds",
        description=paragraphs(
            "A brass fruit split open, and inside it five garnets set like seeds in their own cups. The crown at "
            "the bottom is cut from tube and bent out, point by point.",
            "1 in tall on a 22 in brass chain. Garnets are Mexican, rough-tumbled and darker than you expect "
            "until held to a lamp.",
        ),
        materials=("brass", "garnet"),
        price_minor=9800,
        stock=3,
        lead_time_days=0,
        weight_grams=80,
        dimensions="1 in (25 mm), 22 in chain",
        motif=Motif("pendant", form="fruit", surface="stone", colours=("#c8963e", "#7c1e2c")),
        pictures=views(
            "Round brass fruit pendant opened to show dark red garnets",
            "Garnet seeds in their brass cups",
        ),
    ),
    _piece(
        slug="river-pebble-studs",
        title="Pebble studs in green jasper",
        description=paragraphs(
            "Two slices of one pebble, so that the bands mirror each other across your face. Bezels of brass a "
            "hair's breadth high, rubbed over with an agate.",
            "⅜ in wide. Silver posts. Of each pebble there is one pair, and we photograph another of its kind: "
            "yours will be its own.",
        ),
        materials=("green jasper", "brass", "sterling posts"),
        price_minor=4400,
        stock=8,
        lead_time_days=0,
        weight_grams=45,
        dimensions="⅜ in (10 mm)",
        motif=Motif("earrings", form="studs", surface="stone", colours=("#cda04b", "#4d7358")),
        pictures=views("Pair of oval green stone studs in brass", "Mirrored bands in two halves of a green pebble"),
    ),
)
