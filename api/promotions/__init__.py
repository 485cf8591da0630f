"""What shops take off their own prices. Entering a code is the cart's."""
