"""Evaluation: how good plans and drawings are, measured without the model that made them.

In: suites of prompts, drawn pictures, held-out documents. Out: detections, verdicts, bits per pixel, reports.
Knows nothing about the command line.
"""
