"""The version of the package. Knows nothing else."""

VERSION = "0.2.0"
