"""The categories that the seeded shops sell in, in the order the shop front shows them."""

from deploy.seed.content.model import Category

CATEGORIES: tuple[Category, ...] = (
    Category("ceramics", "Ceramics", "Thrown, pinched and coil-built: clay to eat from, pour from and look at."),
    Category("woodwork", "Woodwork", "Boards, bowls and small furniture, from trees the maker can often name."),
    Category("textiles", "Textiles", "Woven, dyed and stitched by hand for beds, tables, shoulders and walls."),
    Category("jewellery", "Jewellery", "Rings, earrings and pendants sawn, cast and hammered at a single bench."),
    Category("leather", "Leather", "Vegetable-tanned hides, saddle stitch and edges burnished until they shine."),
    Category("glass", "Glass", "Gathered, blown and cut: vessels and lamps that do something to the light."),
    Category("paper", "Paper & print", "Linocuts, letterpress cards, marbled sheets and books sewn to lie flat."),
    Category("metalwork", "Metalwork", "Forged steel, beaten copper and cast brass with the hammer marks left in."),
    Category("basketry", "Basketry", "Willow, ash and rush, cut in winter and woven while they still bend."),
)
