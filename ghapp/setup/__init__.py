"""Set-up in the browser, while there are no credentials: the App is made from `app.yml`, or an existing one imported.

A person with the one-time link gets a session; what is sent to GitHub comes back with a `state` that is bound to it.
"""
