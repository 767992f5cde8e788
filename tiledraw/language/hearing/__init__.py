"""Hearing: what a prompt asks for, by its words: meanings, reading by rules, and checks of what a thinker wrote."""
