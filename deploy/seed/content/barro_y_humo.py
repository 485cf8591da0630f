"""Barro y Humo, Oaxaca: burnished black clay and terracotta."""

from functools import partial

from deploy.seed.content.model import Listing, Motif, Shop, paragraphs, views

SHOP = Shop(
    slug="barro-y-humo",
    name="Barro y Humo",
    owner_name="Itzel Mendoza Ruiz",
    tagline="Black clay, polished with quartz and finished in smoke",
    story=paragraphs(
        "Itzel Mendoza Ruiz works in the courtyard of her family's house on the road out of Oaxaca de Juárez. "
        "Her great-aunt turned pots on two saucers set one upon the other; Itzel does the same, and says the "
        "wobble is where the line comes from.",
        "The clay is dug an hour south, dried on the roof and sieved by her brother Efraín. A leather-hard pot "
        "is rubbed with a river quartz for as long as a football match. Fired in a sealed pit with green pine, "
        "it comes out black right through and shining, with no glaze at all.",
        "Since 2016 they have also made red terracotta for cooking. Half of what the kiln earns pays three "
        "apprentices from the neighbourhood, who sign the pots they finish.",
    ),
    city="Oaxaca de Juárez",
    region="OAX",
    country="MX",
    postal_code="68000",
    street="Calle del Alfarero 27",
    currency="USD",
    palette=("#d8b99a", "#b98663", "#2c2a2b", "#b5512f", "#efe0cb"),
    ships_from="Oaxaca de Juárez, Oaxaca",
    shipping_first_minor=1100,
    shipping_additional_minor=400,
    abroad_first_minor=2600,
    abroad_additional_minor=1100,
    handling_days=3,
)

_piece = partial(Listing, shop=SHOP.slug, category="ceramics")

LISTINGS: tuple[Listing, ...] = (
    _piece(
        slug="moon-jar-negro",
        title="Moon jar in burnished black clay",
        description=paragraphs(
            "Nearly a sphere, built in two halves and joined at the waist. Run a fingernail over it and it "
            "rings. The sheen is stone on clay, nothing else, and it catches a window like dark water.",
            "For dry branches or for nothing at all: unglazed black clay is not watertight. 9 in high, 9 in "
            "across. Dust it with a soft cloth and never with soap.",
        ),
        materials=("Oaxacan black clay", "quartz burnish"),
        price_minor=16500,
        stock=1,
        lead_time_days=0,
        weight_grams=2600,
        dimensions="9 × 9 in (23 × 23 cm)",
        motif=Motif("vase", form="moon", surface="burnished", colours=("#2f2d30", "#5d5a5f")),
        pictures=views(
            "Spherical black clay jar with a small mouth and a soft metallic sheen",
            "Faint polishing strokes in the black clay where light slides across",
            "The moon jar on a shelf next to books and leaves",
        ),
    ),
    _piece(
        slug="cantaro-long-neck",
        title="Long-necked cántaro, carved band",
        description=paragraphs(
            "A water jar's shape drawn out tall. Around the shoulder Itzel cuts a band of slanted leaves through "
            "the polish, so the pattern is matte on shine and all one black.",
            "13 in tall. The neck is narrow enough for a single stalk of agave. Comes with a ring of woven palm "
            "to stand on, since the base is gently rounded.",
        ),
        materials=("Oaxacan black clay", "palm ring"),
        price_minor=14200,
        stock=2,
        lead_time_days=0,
        weight_grams=2300,
        dimensions="13 × 7 in (33 × 18 cm)",
        motif=Motif("vase", form="bottle", surface="carved", colours=("#343135", "#151416"), proportion=1.1),
        pictures=views(
            "Tall black bottle-shaped jar with a band of carved leaves around the shoulder",
            "Carved leaves, matte against the polished black ground",
        ),
    ),
    _piece(
        slug="mezcal-copitas-four",
        title="Mezcal copitas, set of four",
        description=paragraphs(
            "Shallow cups for sipping, not shooting. A wide mouth lets the smoke come up to meet you. Each is "
            "pinched from a ball of clay the size of a lime, and you can feel the four finger dents that made "
            "it.",
            "2½ in across, 1½ oz each, lined with beeswax so they don't drink your mezcal before you do. Rinse "
            "in cool water and dry at once.",
        ),
        materials=("Oaxacan black clay", "beeswax"),
        price_minor=4800,
        stock=15,
        lead_time_days=0,
        weight_grams=420,
        dimensions="each 2½ × 1¼ in (6.5 × 3 cm)",
        motif=Motif("cup", form="shallow", surface="burnished", colours=("#38353a", "#66626a"), detail="set"),
        pictures=views(
            "Four small shallow cups of polished black clay grouped together",
            "Waxed, softly dented walls of the copitas",
        ),
    ),
    _piece(
        slug="comal-red",
        title="Terracotta comal for tortillas",
        description=paragraphs(
            "A flat griddle of coarse red clay that heats slowly and evenly, and gives tortillas their brown "
            "freckles. Season it with a wash of lime water before first use; the recipe is in the box, in "
            "Spanish and English.",
            "12 in across with a lip you can hook a cloth under. Gas or charcoal, never induction. It will "
            "blacken, and it should.",
        ),
        materials=("red clay", "crushed calcite temper"),
        price_minor=5400,
        stock=7,
        lead_time_days=0,
        weight_grams=2400,
        dimensions="12 in across, 1½ in high (30 × 4 cm)",
        motif=Motif("plate", form="comal", surface="terracotta", colours=("#b9623f", "#8d4329", "#c67a55")),
        pictures=views(
            "Flat red clay griddle with a low lip, seen from above at an angle",
            "Coarse terracotta with pale grains of calcite in it",
        ),
    ),
    _piece(
        slug="bean-pot-with-ears",
        title="Bean pot with two ears",
        description=paragraphs(
            "Beans taste of the pot, everyone here will tell you. The belly is wide, the neck draws in to keep "
            "the steam, and the two lugs are big enough for oven gloves. Glazed inside with a lead-free clear, "
            "tested each batch.",
            "Holds 3 quarts (2.8 litres), which is a pound of dry beans and an onion. 8 in high. Warm it gently "
            "over a low flame, and keep cold water away from a hot pot.",
        ),
        materials=("red clay", "lead-free clear glaze"),
        price_minor=7800,
        stock=5,
        lead_time_days=10,
        weight_grams=3200,
        dimensions="8 × 9 in (20 × 23 cm)",
        motif=Motif("jar", form="beanpot", surface="terracotta", colours=("#b35a36", "#7f3b22"), detail="ears"),
        pictures=views(
            "Round-bellied terracotta bean pot with two lug handles and a lid",
            "Warm red clay with fine turning lines around the belly",
            "Bean pot on a wooden shelf beside books and a sprig",
        ),
    ),
    _piece(
        slug="humo-serving-bowl",
        title="Wide serving bowl, smoke-clouded",
        description=paragraphs(
            "Fired on its side under a shovel of sawdust, which leaves clouds of grey and charcoal drifting "
            "across bone-coloured clay. You cannot plan them. Itzel keeps about one in three.",
            "12 in across and 4 in deep. Sealed with wax for fruit, bread and salads that aren't too wet. Wipe "
            "clean; do not soak.",
        ),
        materials=("white clay", "smoke", "wax"),
        price_minor=12800,
        stock=1,
        lead_time_days=0,
        weight_grams=2100,
        dimensions="12 × 4 in (30 × 10 cm)",
        motif=Motif("bowl", form="open", surface="smoke", colours=("#d9cbb8", "#4a4443", "#cbbba6")),
        pictures=views(
            "Wide bone-coloured bowl marked with drifting clouds of grey smoke",
            "Smoke marks fading from charcoal to bone across bare clay",
            "Smoke-clouded bowl on a shelf with books",
        ),
    ),
    _piece(
        slug="agua-fresca-jug",
        title="Jug for agua fresca, red and black",
        description=paragraphs(
            "The lower half sits in the smoke and the upper half in the air, so it comes out black at the foot "
            "and brick red at the lip with an ember-coloured edge between. Unglazed clay sweats slightly and "
            "keeps water cool.",
            "Holds 2 quarts (1.9 litres), 9 in tall. The handle takes a whole hand. For cold drinks only.",
        ),
        materials=("red clay", "smoke"),
        price_minor=8600,
        stock=4,
        lead_time_days=0,
        weight_grams=2000,
        dimensions="9 × 7 in (23 × 18 cm)",
        motif=Motif("jug", form="tall", surface="dip", colours=("#b5512f", "#322b2a"), proportion=1.1),
        pictures=views(
            "Tall clay jug, brick red above and smoked black below",
            "The ember-coloured line where red clay turns black",
        ),
    ),
    _piece(
        slug="barro-candle-cup",
        title="Pierced candle cup",
        description=paragraphs(
            "Pricked through with a maguey thorn in rows of small crescents. With a tea light inside, the wall "
            "behind it fills with moons; unlit it is a quiet black cup.",
            "3½ in high, takes a tea light or a short votive. Made in batches of thirty between rainy seasons. "
            "Not for holding water.",
        ),
        materials=("Oaxacan black clay",),
        price_minor=3200,
        stock=22,
        lead_time_days=0,
        weight_grams=380,
        dimensions="3½ × 3 in (9 × 7.5 cm)",
        motif=Motif("cup", form="pierced", surface="pierced", colours=("#343136", "#f2b45a")),
        pictures=views(
            "Black clay candle cup pierced with rows of glowing crescents",
            "Crescent cuts in polished clay, lit from within",
        ),
    ),
    _piece(
        slug="nopal-planter",
        title="Footed planter for a cactus",
        description=paragraphs(
            "Three stubby feet and a belly, after the legged bowls in the village museum. The feet lift it so "
            "the drain hole breathes. Your cactus is not included, but Itzel is glad to discuss it.",
            "6 in across at the mouth. Terracotta, burnished on the outside only so the wall can still breathe. "
            "Bring inside below freezing.",
        ),
        materials=("red clay", "quartz burnish"),
        price_minor=5800,
        stock=8,
        lead_time_days=0,
        weight_grams=1500,
        dimensions="6 × 5½ in (15 × 14 cm)",
        motif=Motif("planter", form="round", surface="terracotta", colours=("#bd6740", "#8a4529"), detail="cactus"),
        pictures=views(
            "Rounded terracotta planter holding a small cactus",
            "Burnished red clay with faint polishing strokes",
        ),
    ),
    _piece(
        slug="plato-hondo-negro",
        title="Deep plate in matte black",
        description=paragraphs(
            "Left unpolished on purpose: the smoke alone, velvety and a little grey at the rim. Food looks "
            "astonishing on it, above all anything yellow.",
            "9 in across, 1¾ in deep, glazed inside in a clear matte that is food-safe. By hand in warm water, please.",
        ),
        materials=("Oaxacan black clay", "clear matte glaze"),
        price_minor=4400,
        stock=16,
        lead_time_days=5,
        weight_grams=950,
        dimensions="9 × 1¾ in (23 × 4.5 cm)",
        motif=Motif("plate", form="deep", surface="reactive", colours=("#3b3839", "#5f5a58", "#454142")),
        pictures=views(
            "Deep matte black plate with a pale smoky rim",
            "Velvet-black clay fading to grey along the rim",
        ),
    ),
)
