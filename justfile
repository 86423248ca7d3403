# What a contributor runs. `just` alone: tests and linters.

default: test lint

# The README's test command.
test *args:
    uv run --extra dev pytest -n auto --dist loadfile {{ args }}

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

# Train the change network from the photos: two hours on two cores; every step resumes. Ends in
# a candidate, runs/change/candidate, with noise and card (`just calibrate`) to come.
train-base:
    cd training && uv run --extra train python -m change.bank --run ../runs/change
    cd training && uv run --extra train python -m change.fit_ridge --run ../runs/change
    cd training && uv run --extra train python -m change.train --run ../runs/change
    cd training && uv run --extra train python -m change.export --run ../runs/change

# Measure what unchanged skin shows through a candidate, and what it reads better than the formulas.
calibrate:
    cd training && uv run --extra dev python -m noise.measure --keep --resume
    cd training && uv run --extra dev python -m noise.read ../runs/change/candidate
    cd training && uv run --extra dev python -m change.calibrate --run ../runs/change

# May the candidate be shipped? (`model=models/skindelta-base/1.0.0` for the one that is)
release-gate model="runs/change/candidate":
    uv run --extra dev python benchmarks/accuracy.py --model {{ model }}
    uv run --extra dev python benchmarks/speed.py --model {{ model }} --json runs/speed.json
    uv run --extra dev python benchmarks/model_card.py {{ model }}
    uv run --extra dev python benchmarks/release_gate.py {{ model }}

# Train the landmark networks from the photos (an hour on a CPU; resumes).
train-face:
    cd training && uv run --extra train python -m face.train finder
    cd training && uv run --extra train python -m face.train landmarks

# Measure the noise table anew (about half an hour; `python -m noise.measure --resume` goes on).
noise:
    cd training && uv run --extra dev python -m noise.measure
    cd training && uv run --extra dev python -m noise.fit

# Retraining on a simulated clinic: a camera that the base never saw, noisy graders, the truth known
# (a quarter of an hour; `split=test` for the locked people).
clinic split="calibration":
    uv run --extra dev --extra train python benchmarks/clinic.py --split {{ split }}

# Kill a process that saves sessions, 200 times: nothing half-saved may stay. On PostgreSQL too where
# SKINDELTA_POSTGRES names a server (`bash .ci/postgres start FOLDER` starts one of Debian's).
soak:
    SKINDELTA_KILLS=200 uv run --extra dev pytest tests/test_record.py -k kills

# The tables of the README.
verify:
    uv run --extra dev python benchmarks/accuracy.py
    uv run --extra dev python benchmarks/accuracy.py --ladder
    uv run --extra dev python benchmarks/validation_page.py
    uv run --extra dev python benchmarks/speed.py
