"""Kiln Street Glass, Washington: blown tableware and lamps."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="kiln-street-glass",
    name="Kiln Street Glass",
    owner_name="Soren Lindqvist",
    tagline="Blown by two people who no longer need to talk",
    story=paragraphs(
        "Soren Lindqvist gathers and Maya Whitfield shapes, and after twelve years at one bench in Port Townsend "
        "they speak mostly in nods. The studio is a former ice house a street back from the ferry, which amuses "
        "everyone but the fire marshal.",
        "Their furnace is electric and runs on the county's hydropower, 2,090 °F day and night from October to "
        "June. Colour comes from bars and powders rolled into the gather; a stripe is a stripe of glass, all the "
        "way through.",
        "In summer they let it go cold, grind the chips off last winter's rims, and sail.",
    ),
    city="Port Townsend",
    region="WA",
    country="US",
    postal_code="98368",
    street="31 Kiln Street",
    currency="USD",
    palette=("#d5dcdc", "#a7b4b3", "#3c6a74", "#d98b4a", "#eef2f0"),
    ships_from="Port Townsend, Washington",
    shipping_first_minor=1200,
    shipping_additional_minor=450,
    abroad_first_minor=3600,
    abroad_additional_minor=1200,
    handling_days=3,
)

_piece = partial(Listing, shop=SHOP.slug, category="glass")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="everyday-tumbler-sea",
        title="Everyday tumbler in sea green",
        description=paragraphs(
            "Blown without a mould, so there is a soft wobble in the wall and a thick button of glass at the "
            "base that gathers colour. It keeps its feet on a boat.",
            "3½ in high, 10 oz (300 ml). Fire-polished lip. Dishwasher, top rack. One at a time, or six that "
            "agree with each other.",
        ),
        materials=("soda-lime glass",),
        price_minor=3600,
        stock=24,
        lead_time_days=0,
        weight_grams=420,
        dimensions="3½ × 3 in (9 × 7.5 cm)",
        motif=Motif("tumbler", form="straight", surface="clear", colours=("#7fb5a6", "#3f7d70")),
        pictures=views(
            "Sea-green blown tumbler with a thick base, light passing through it",
            "Green glass thickening towards the base of a tumbler",
            "Green tumbler on a shelf beside books",
        ),
    ),
    _piece(
        slug="amber-whisky-pair",
        title="Pair of low tumblers in amber",
        description=paragraphs(
            "Wide and heavy, with four dents pressed in by thumb-shaped paddles while hot. Your fingers will go "
            "there by themselves. The amber comes from sulphur and carbon, as in old medicine bottles.",
            "3 in high, 8 oz each. Sold as two because nobody should drink whisky alone, or run out of glasses.",
        ),
        materials=("soda-lime glass",),
        price_minor=7800,
        stock=11,
        lead_time_days=0,
        weight_grams=780,
        dimensions="each 3 × 3½ in (7.5 × 9 cm)",
        motif=Motif("tumbler", form="low", surface="clear", colours=("#d39a4c", "#8a5418"), detail="pair"),
        pictures=views(
            "Two low amber glass tumblers side by side",
            "Amber light pooled in the base of a glass",
        ),
    ),
    _piece(
        slug="smoke-carafe",
        title="Bedside carafe in smoke grey",
        description=paragraphs(
            "A narrow waist for the hand and a lip that doesn't dribble on the nightstand. Smoke is a trace of "
            "nickel and cobalt; by daylight it is grey, by candle slightly plum.",
            "9 in high, holds 28 oz (830 ml). Rinse with rice and vinegar when it clouds.",
        ),
        materials=("soda-lime glass",),
        price_minor=8800,
        stock=7,
        lead_time_days=0,
        weight_grams=900,
        dimensions="9 × 4 in (23 × 10 cm)",
        motif=Motif("carafe", form="waisted", surface="clear", colours=("#8d9399", "#4a5058")),
        pictures=views(
            "Waisted carafe in smoke-grey glass",
            "Light bending through the neck of a grey carafe",
            "Smoke carafe on a shelf by a stack of books",
        ),
    ),
    _piece(
        slug="cane-stripe-vase",
        title="Cane-stripe vase, coral and white",
        description=paragraphs(
            "Forty rods of coral and white are laid on a plate, fused, and picked up on the pipe like a carpet. "
            "One twist, then blown out until the stripes lean round the shoulder.",
            "8 in high. Three hours, two people, and a fair chance of it ending on the floor. Signed beneath.",
        ),
        materials=("soda-lime glass", "colour cane"),
        price_minor=26500,
        stock=1,
        lead_time_days=0,
        weight_grams=1400,
        dimensions="8 × 6 in (20 × 15 cm)",
        motif=Motif("glass_vase", form="amphora", surface="cane", colours=("#dd7f63", "#f2eae0")),
        pictures=views(
            "Round-shouldered glass vase with slanting coral and white stripes",
            "Coral and white cane leaning round clear glass",
            "Striped vase on a shelf, books beside it",
        ),
    ),
    _piece(
        slug="cobalt-bottle-vase",
        title="Bottle vase in cobalt",
        description=paragraphs(
            "A straight body, sloping shoulder and long neck: an apothecary's bottle with nowhere to be. On a "
            "sill it will lay a blue lozenge across the floor at four in the afternoon.",
            "11 in high. A spoonful of cobalt oxide tints an entire furnace, so we blow blue for one week in March.",
        ),
        materials=("soda-lime glass", "cobalt oxide"),
        price_minor=11500,
        stock=5,
        lead_time_days=0,
        weight_grams=1100,
        dimensions="11 × 4 in (28 × 10 cm)",
        motif=Motif("glass_vase", form="bottle", surface="clear", colours=("#2f57a6", "#16306b"), proportion=1.1),
        pictures=views(
            "Tall cobalt-blue glass bottle vase",
            "Deep blue glass with a streak of window light",
        ),
    ),
    _piece(
        slug="dawn-bowl-large",
        title="Dawn bowl, rose into clear",
        description=paragraphs(
            "Gold chloride makes the pink. It is rolled on at the rim only, and thins to nothing before the "
            "foot, like a sky around six. Spun open in one breath at the glory hole.",
            "11 in across, 4 in deep. For plums, or a good deal of nothing. Wash by hand.",
        ),
        materials=("soda-lime glass", "gold ruby powder"),
        price_minor=19500,
        stock=2,
        lead_time_days=0,
        weight_grams=1700,
        dimensions="11 × 4 in (28 × 10 cm)",
        motif=Motif("glass_bowl", form="open", surface="fade", colours=("#dc93a0", "#e8efee")),
        pictures=views(
            "Wide glass bowl fading from rose at the rim to clear",
            "Rose tint thinning out into clear glass",
        ),
    ),
    _piece(
        slug="opal-pendant-lamp",
        title="Opal pendant lamp",
        description=paragraphs(
            "Two layers, white inside clear, so that the light comes out even and the outside still shines. The "
            "shape is a dropped pear. It flatters soup and people.",
            "9 in across, 10 in high, with 6 ft of cloth-covered cord and a brass cap. UL-listed parts, bulb to "
            "60 W equivalent. We wire it; an electrician should hang it.",
        ),
        materials=("opal glass", "brass", "cloth cord"),
        price_minor=24500,
        stock=4,
        lead_time_days=12,
        weight_grams=2300,
        dimensions="9 × 10 in (23 × 25 cm)",
        motif=Motif("lamp", form="pear", surface="opal", colours=("#f4ecdd", "#c39a4a")),
        pictures=views(
            "Glowing white glass pendant lamp in a pear shape with a brass cap",
            "Warm light diffusing through opal glass",
            "Opal lamp hanging above a wooden table",
        ),
    ),
    _piece(
        slug="green-dome-lamp",
        title="Dome lamp in bottle green",
        description=paragraphs(
            "A half sphere for over a table: green from outside, white enamel within, so it throws its light "
            "downward and keeps the room in shadow. Good for cards and arguments.",
            "12 in across. Cap and cord grip of turned brass. Comes with 6 ft of black cloth cord.",
        ),
        materials=("cased glass", "brass"),
        price_minor=28500,
        stock=3,
        lead_time_days=16,
        weight_grams=2900,
        dimensions="12 × 7 in (30 × 18 cm)",
        motif=Motif("lamp", form="dome", surface="cased", colours=("#2f5d4c", "#c7a052")),
        pictures=views(
            "Dark green dome-shaped pendant lamp, lit from inside",
            "Green glass edge with white casing beneath",
        ),
    ),
    _piece(
        slug="tidepool-paperweight",
        title="Tidepool paperweight",
        description=paragraphs(
            "Clear as water over a bed of turquoise, sand and rust, with a ring of bubbles pricked in by a board "
            "of nails. Each holds a small accident that we didn't plan and would like to repeat.",
            "3 in across, over a pound. Flat-ground foot, felted.",
        ),
        materials=("soda-lime glass", "colour frit"),
        price_minor=6800,
        stock=9,
        lead_time_days=0,
        weight_grams=680,
        dimensions="3 × 2½ in (7.5 × 6.5 cm)",
        motif=Motif("paperweight", form="dome", surface="tidepool", colours=("#3d8f99", "#c4743c", "#e9dcc0")),
        pictures=views(
            "Clear glass paperweight over a bed of turquoise and rust colour",
            "Ring of silver bubbles above turquoise frit",
        ),
    ),
    _piece(
        slug="frost-bud-bottle",
        title="Small frosted bottle for one stem",
        description=paragraphs(
            "Tumbled in grit until it looks like something picked up below the lighthouse. The seafoam is in the "
            "glass; the frost is only its skin, and water makes the inside clear again.",
            "5 in high. Sit three in a row. Comes without the sprig.",
        ),
        materials=("soda-lime glass",),
        price_minor=3200,
        stock=18,
        lead_time_days=0,
        weight_grams=260,
        dimensions="5 × 2½ in (12.5 × 6.5 cm)",
        motif=Motif("glass_vase", form="bud", surface="frost", colours=("#bcd6cc", "#83aaa0"), detail="stem"),
        pictures=views(
            "Small frosted seafoam glass bottle with a single sprig",
            "Sand-tumbled frost on pale green glass",
        ),
    ),
)
