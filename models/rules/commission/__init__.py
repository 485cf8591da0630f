"""What a commission's contract means: its terms, its charges, its dates, its changes and its ends. Pure decisions."""
