"""What the programs of this example share."""
