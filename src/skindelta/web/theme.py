"""Looks: fonts of the system, one quiet theme, our styles and scripts from our own address."""

from importlib.resources import files
from typing import Any

__all__ = ["STATIC", "head", "static_file", "theme"]

STATIC = "/skindelta/static"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def theme() -> Any:
    """Return the theme: teal and slate, so that blue and orange say better and worse alone."""
    import gradio as gr

    quiet = gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_lg,
        text_size=gr.themes.sizes.text_md,
        font=("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"),
        font_mono=("ui-monospace", "Consolas", "monospace"),
    )
    return quiet.set(
        body_background_fill="#f6f8f9",
        body_background_fill_dark="#0e1418",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#141c21",
        background_fill_secondary="#eef2f4",
        background_fill_secondary_dark="#1b252b",
        block_background_fill="#ffffff",
        block_background_fill_dark="#141c21",
        block_border_color="#dde4e8",
        block_border_color_dark="#2a373f",
        border_color_primary="#dde4e8",
        border_color_primary_dark="#2a373f",
        input_background_fill="#ffffff",
        input_background_fill_dark="#0e1418",
        button_primary_background_fill="#0f766e",
        button_primary_background_fill_hover="#115e59",
        button_primary_background_fill_dark="#0f766e",
        button_primary_background_fill_hover_dark="#0d9488",
        button_primary_text_color="#ffffff",
        button_secondary_background_fill="#ffffff",
        button_secondary_background_fill_hover="#eef2f4",
        button_secondary_background_fill_dark="#1b252b",
        button_secondary_background_fill_hover_dark="#24313a",
        button_secondary_border_color="#c5d0d6",
        button_secondary_border_color_dark="#3a4a54",
        button_secondary_text_color="#17272e",
        button_secondary_text_color_dark="#e7edf0",
        button_border_width="1px",
        button_border_width_dark="1px",
        button_primary_border_color="#0f766e",
        button_primary_border_color_dark="#0f766e",
        input_border_width="1px",
        input_border_width_dark="1px",
        input_border_color="#b4c2c9",
        input_border_color_dark="#4a5c67",
        input_border_color_focus="#0f766e",
        input_border_color_focus_dark="#14b8a6",
        checkbox_border_width="1px",
        checkbox_border_width_dark="1px",
        checkbox_border_color="#64748b",
        checkbox_border_color_dark="#94a3b8",
        checkbox_background_color_selected="#0f766e",
        checkbox_background_color_selected_dark="#0f766e",
        checkbox_border_color_selected="#0f766e",
        checkbox_border_color_selected_dark="#14b8a6",
        block_label_text_color="#475569",
        block_label_text_color_dark="#b6c2d2",
        block_info_text_color="#475569",
        block_info_text_color_dark="#b6c2d2",
        body_text_color="#17272e",
        body_text_color_dark="#e7edf0",
        body_text_color_subdued="#475569",
        body_text_color_subdued_dark="#b6c2d2",
        color_accent_soft="#d5f0ec",
        color_accent_soft_dark="#12302e",
        link_text_color="#0f766e",
        link_text_color_dark="#5eead4",
        link_text_color_hover="#115e59",
        link_text_color_hover_dark="#99f6e4",
        slider_color="#0f766e",
        slider_color_dark="#14b8a6",
    )


def head() -> str:
    """Return what goes into the head of the page: every style, every script, by name."""
    names = sorted(_names(), key=lambda name: (name != "base.css", name))
    styles = "".join(
        f"<style>{static_file(name)[0].decode()}</style>" for name in names if name.endswith(".css")
    )
    scripts = "".join(
        f'<script src="{STATIC}/{name}" defer></script>' for name in names if name.endswith(".js")
    )
    return styles + scripts


def static_file(name: str) -> tuple[bytes, str]:
    """Return one of our files and its media type; raises KeyError where there is none."""
    if name not in _names():
        raise KeyError(name)
    kind = KINDS["." + name.rpartition(".")[2]]
    return files(__package__).joinpath("static", name).read_bytes(), kind


def _names() -> frozenset[str]:
    found = files(__package__).joinpath("static").iterdir()
    return frozenset(one.name for one in found if "." + one.name.rpartition(".")[2] in KINDS)
