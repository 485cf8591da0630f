"""How a commissioned piece was made, told in public with the consent of both sides."""
