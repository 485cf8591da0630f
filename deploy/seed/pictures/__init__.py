"""Pictures of the seeded pieces, drawn by code: no photograph is needed and no two are alike.

`draw` a listing's view, `draw_shop` its banner, `draw_avatar` its round mark, `renditions` the files to store.
"""

from deploy.seed.pictures.album import draw, draw_avatar, draw_shop, renditions

__all__ = ["draw", "draw_avatar", "draw_shop", "renditions"]
