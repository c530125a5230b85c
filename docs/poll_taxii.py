"""Poll what members share, with the official client: pip install taxii2-client, then

    python poll_taxii.py https://entente.example CLIENT_ID CLIENT_SECRET [STATE.json]

Prints one line for each report that is new since the last time, and remembers in STATE.json how far it has read.
"""

import json
import sys
from pathlib import Path

from taxii2client.v21 import Server, as_pages

url, client_id, secret = sys.argv[1:4]
state = Path(sys.argv[4] if len(sys.argv) > 4 else "taxii-state.json")
seen = json.loads(state.read_text()) if state.exists() else {}
server = Server(f"{url.rstrip('/')}/taxii2/", user=client_id, password=secret)
for collection in server.default.collections:
    print(f"{collection.title} ({collection.id})")
    more = {"added_after": seen[collection.id]} if collection.id in seen else {}
    # How far there is to read, before what there is: what comes in between is told twice, never missed.
    dates = [
        one["date_added"]
        for page in as_pages(collection.get_manifest, per_request=100, **more)
        for one in page.get("objects", [])
    ]
    for page in as_pages(collection.get_objects, per_request=100, **more):
        for one in page.get("objects", []):
            if one["type"] in ("report", "course-of-action"):
                print(
                    f"  {'ended' if one.get('revoked') else 'valid'}  {one['name']}: {one['description'][:80]}"
                )
    if dates:
        seen[collection.id] = max(dates)
state.write_text(json.dumps(seen, indent=1))
