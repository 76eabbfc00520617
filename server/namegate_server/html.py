"""What all pages share. They have no scripts and ask no other host for anything."""

from __future__ import annotations

from html import escape

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem }
body { color: #1b1f24 }
h2 { border-top: 1px solid #d0d7de; padding-top: 1rem; font-size: 1.1rem }
code, pre { font-family: ui-monospace, monospace; font-size: .9rem }
pre { background: #f6f8fa; padding: .8rem; overflow-x: auto; border-radius: .4rem }
table { border-collapse: collapse; margin: 1rem 0 }
th { text-align: left; font-weight: 600; white-space: nowrap }
td, th { padding: .15rem 1.5rem .15rem 0; vertical-align: top; overflow-wrap: break-word }
mark { background: #ffd8d3; color: inherit }
.method { display: inline-block; min-width: 3.2rem; color: #0b5cad }
.allowed { color: #1a7f37 } .denied, .error { color: #b42318 } .unverifiable, .warn { color: #9a6700 }
@media (prefers-color-scheme: dark) {
  body { background: #0d1117; color: #e6edf3 } pre { background: #161b22 } h2 { border-color: #30363d }
  .method, a { color: #79b8ff } mark { background: #67251f }
  .allowed { color: #56d364 } .denied, .error { color: #ff7b72 } .unverifiable, .warn { color: #e3b341 }
}
"""


def document(title: str, body: str) -> str:
    """Return a page; `body` is HTML, `title` is text."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
