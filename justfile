# What a contributor runs. `just` alone: tests and linters.

default: test lint

# The README's test command.
test *args:
    uv run --extra dev pytest {{ args }}

# Style, types, the import contract, generated docs.
lint:
    uv run --extra dev ruff check
    uv run --extra dev ruff format --check
    uv run --extra dev mypy
    uv run --extra dev lint-imports
    uv run --extra dev python docs/generate.py --check

# Write the generated docs.
docs:
    uv run --extra dev python docs/generate.py

# The web page on this machine.
app:
    uv run skindelta app

# Train the landmark networks from the photos (hours on a CPU; resumes).
train-base:
    cd training && uv run --extra train python -m face.train finder
    cd training && uv run --extra train python -m face.train landmarks

# Measure the noise table anew (about half an hour; `python -m noise.measure --resume` goes on).
noise:
    cd training && uv run --extra dev python -m noise.measure
    cd training && uv run --extra dev python -m noise.fit

# The tables of the README.
verify:
    uv run --extra dev python benchmarks/accuracy.py
    uv run --extra dev python benchmarks/accuracy.py --ladder
    uv run --extra dev python benchmarks/validation_page.py
    uv run --extra dev python benchmarks/speed.py
