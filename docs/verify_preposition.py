"""Check that a pre-position which has opened is what was committed to. Needs Python and nothing of Entente.

    python3 verify_preposition.py PP-7K3M-9QX2.json [COMMITMENT]

The file has `commitment`, `salt` (hexadecimal) and `content`. The commitment is the SHA-256 of the salt's bytes,
followed by the content as canonical JSON: keys sorted, no spaces, UTF-8. Give the commitment you were told when it
was deposited (event `preposition.deposited` of your own feed): the one in the file proves nothing by itself.
"""

import hashlib
import json
import sys


def commitment(salt: str, content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(bytes.fromhex(salt) + text.encode()).hexdigest()


def main(arguments: list[str]) -> int:
    if not 1 <= len(arguments) <= 2:
        print(__doc__)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            opened = json.load(file)
        found = commitment(opened["salt"], opened["content"])
        told = arguments[1] if len(arguments) == 2 else opened["commitment"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        print(f"This is no opened pre-position: {error}")
        return 2
    if found != str(told).strip().lower():
        print(f"DOES NOT VERIFY: the content's commitment is {found}, told was {told}.")
        return 1
    print(f"Verifies: {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
