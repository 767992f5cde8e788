"""What every room needs: checks of what people give, files that are written whole, JSON lines.

In: values, paths, text. Out: clean values and whole files, or one sentence that says what is wrong.
Knows nothing about plans, pictures or models.
"""
