"""The means of drawing: paint-box, geometry, lathe, studio and props. Knows no listing."""
