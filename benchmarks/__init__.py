"""How fast the house is. Figures are printed; no test asserts a time."""
