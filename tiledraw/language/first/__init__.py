"""First: plans of the first edition, of gray pictures on 8x8 cells; models that draw so, and old files, have them."""
