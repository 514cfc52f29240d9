"""What the clinic sends by e-mail: written with what it is about, sent afterwards."""
