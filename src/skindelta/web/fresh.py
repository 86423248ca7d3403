"""HTML that is put into the page anew each time.

What ``gr.HTML`` shows is not replaced when its value changes: Gradio walks the old and the new
elements side by side and copies attributes over, so an element of ours is never told that it shows
something else, and what its script added is taken away. Elements of another name are replaced as a
whole; so each time there is another name around them.
"""

import secrets

__all__ = ["fresh"]


def fresh(html: str) -> str:
    """Return HTML in an element whose name was never used; nothing stays nothing."""
    name = f"sd-{secrets.token_hex(6)}"
    return f'<{name} class="sd-fresh">{html}</{name}>' if html else ""
