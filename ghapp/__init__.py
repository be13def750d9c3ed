"""ghapp: one card per pull request, one digest issue per day.

The path of one delivery::

    GitHub ──POST /webhook──> web ──> Redis (RQ) ──> worker ──> GitHub

`web` asks `delivery` whether the bytes are authentic and `events` what they mean, and has `jobqueue` mark a key as
due: `card:<repository id>:<number>`, `landing:<repository id>` or `command:<repository id>:<comment id>`. It imports
nothing else of ours but `roll`, where installations are known, and `admin`, a page of what stands in Redis. A worker
runs `jobs.work`, which takes the next due key under a lease and calls one feature: `cards`, `commands`, `landings` or
`digests`. A feature reads what is true now from `github`, has `analysis` judge it, has `render` write it down, and
writes it back to GitHub. The delivery itself is only a hint: losing, repeating or reordering it changes nothing.

What a repository's history says counts in a rating: `seeding` reads it once, from a clone that `clone_fetch` makes and
deletes; `past_store` keeps it in Redis, in the order of landing; `pasts` gives each feature the part that it needs. The
same clone tells how often ratings came true (`clone_calibration`); `calibration_store` keeps that for cards.

While there are no credentials, `web` is loaded by `setup.wsgi`, which adds set-up in the browser; `stored` keeps what
comes of it, and `with_stored` is how every process reads it.
"""
