"""posters: missing-child posters from NCMEC's Poster API, text fields only.

Owns     the client, its token, and how a poster's JSON reads. No photo is ever asked for.
Emits    nothing; watches.posters makes watches of what is read.
Imports  watches (the PosterSource it implements), kernel, httpx.
Start at client.PosterClient; the JSON is in client.read_poster.
"""
