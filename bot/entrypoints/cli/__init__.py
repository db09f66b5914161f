"""The command line."""

import os

# Read when numpy is imported. Its products here are small: a thread more than one only waits for the other,
# and took three times the processor time for the same vectors.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
