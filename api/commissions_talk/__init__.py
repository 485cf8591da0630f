"""What the two people of a commission show and write to each other, and the proofs that are made of it."""
