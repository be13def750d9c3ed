"""The headers of every page that we serve to people: it loads nothing, is framed by nothing and kept by nobody.

https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
"""

import base64
import hashlib

from flask import Response


def protect(response: Response, *, form_action: str = "'none'", style: str = "") -> Response:
    """Set the headers on a response, and return it.

    Args:
        response: A page, a redirect or JSON.
        form_action: Where forms may be sent, as a Content-Security-Policy's source: `'self'` or an origin.
        style: The text of the page's one `<style>`, exactly; "": it has none.
    """
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = [
        "default-src 'none'",
        f"style-src 'sha256-{hashed}'" if style else "style-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        f"form-action {form_action}",
    ]
    response.headers["Content-Security-Policy"] = "; ".join(policy)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response
