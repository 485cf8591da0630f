"""Materials as flat textures: clay, wood, metal, cloth, leather, paper and what is printed on it."""
