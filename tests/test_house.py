"""The house: rooms, names, and what loading it costs."""

import subprocess
import sys

import skindelta


def loaded_after(statement):
    """Names of the modules that a fresh interpreter has after a statement."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_package_loads_neither_torch_nor_gradio():
    loaded = loaded_after("import skindelta; skindelta.compare; skindelta.Options")
    assert not loaded & {"torch", "gradio", "pandas", "matplotlib"}


def test_the_command_line_loads_nothing_heavy():
    loaded = loaded_after("import skindelta.cli")
    assert not loaded & {"numpy", "cv2", "torch", "gradio", "onnxruntime", "scipy", "skimage"}


def test_public_names_exist():
    assert {"compare", "assess", "Options"} <= set(skindelta.__all__)
    for name in skindelta.__all__:
        assert getattr(skindelta, name) is not None


def test_rooms_import_only_from_below():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
