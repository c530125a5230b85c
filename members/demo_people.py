"""Invented names of the demo alliance."""

from dataclasses import dataclass

CITIZENS = {
    "AU": [
        "Isla Warrender",
        "Callum Brigstock",
        "Zara Nethery",
        "Hugh Pellew",
        "Tess Amberley",
        "Noel Farrant",
    ],
    "CA": [
        "Maude Lacroix",
        "Bryn Tolliver",
        "Sylvie Arsenault",
        "Gordon Eames",
        "Nadia Petrie",
        "Owen Halloran",
    ],
    "DE": [
        "Anke Vossberg",
        "Jonas Trautwein",
        "Miriam Kessel",
        "Harald Lindqvist",
        "Petra Osterkamp",
        "Ulrich Dammann",
        "Sabine Rotfeld",
        "Torsten Wielandt",
        "Greta Holzapfel",
    ],
    "FR": [
        "Claire Montreuil",
        "Luc Desrosiers",
        "Agathe Verlaine",
        "Bernard Chastain",
        "Odile Marchetti",
        "Yann Kervadec",
        "Solange Aubrac",
        "Didier Fontanel",
    ],
    "GB": [
        "Harriet Ashdown",
        "Rupert Colville",
        "Priya Tamworth",
        "Alastair Wynford",
        "Gwen Thackeray",
        "Martin Oakhurst",
        "Fiona Strathmore",
        "Edmund Hale",
    ],
    "JP": [
        "Haruka Minazuki",
        "Sota Kirishima",
        "Emi Takasago",
        "Kenji Oribe",
        "Yuki Shiranui",
        "Takumi Asagiri",
        "Nao Fukamachi",
    ],
    "KR": ["Seoyeon Baekje", "Minjun Haneul", "Jiwoo Sarang", "Dohyun Garam", "Hana Byeol", "Joon Maru"],
    "NL": [
        "Femke Waterland",
        "Joost Bredero",
        "Lotte Spaarne",
        "Pieter Hofstra",
        "Anouk Veldhoen",
        "Ruben Dijkema",
    ],
    "PL": [
        "Zofia Brzezna",
        "Marek Olszyn",
        "Hanna Wierzba",
        "Tomasz Jaworek",
        "Ewa Lipnicka",
        "Adam Grabowiec",
    ],
    "US": [
        "Dana Whitlock",
        "Marcus Rainey",
        "Elena Sandoval",
        "Walter Prescott",
        "Joyce Harlan",
        "Theodore Banks",
        "Ruth Calloway",
        "Victor Marsh",
    ],
}


#: The humanitarian adjudicators of each member: the first, and the backup.
ADJUDICATORS = {
    "AU": ("Merle Oxenford", "Dougal Hartnoll"),
    "CA": ("Fabienne Cloutier", "Ansel Whitcombe"),
    "DE": ("Friederike Lauenstein", "Mathis Brunnhuber"),
    "FR": ("Mathilde Garonnet", "Thibault Escarpe"),
    "GB": ("Imogen Fairweather", "Desmond Lytton"),
    "JP": ("Aya Tsukinose", "Ren Hoshikawa"),
    "KR": ("Sumin Noeul", "Taeyang Bada"),
    "NL": ("Marit Zonneveld", "Sander Kloosterman"),
    "PL": ("Kalina Dworska", "Igor Modrzew"),
    "US": ("Phoebe Langdon", "Curtis Hathaway"),
}


@dataclass(frozen=True)
class Exporter:
    """An invented exporter; the first of its people administers it."""

    name: str
    jurisdiction: str
    domain: str
    address: str
    registration_number: str
    lei: str
    people: tuple[str, ...]
    vetted: bool = True


EXPORTERS = (
    Exporter(
        name="Rheinwerk Optik GmbH",
        jurisdiction="DE",
        domain="rheinwerk-optik.example",
        address="Uferstraße 14, 50667 Köln, Germany",
        registration_number="HRB 900001",
        lei="DEMO00RHEINWERK00015",
        people=("Lena Hartmann", "Felix Brandeis"),
    ),
    Exporter(
        name="Sensorik Isartal AG",
        jurisdiction="DE",
        domain="sensorik-isartal.example",
        address="Am Wehr 3, 80331 München, Germany",
        registration_number="HRB 900002",
        lei="DEMO00SENSORIK000008",
        people=("Katrin Seidel",),
    ),
    Exporter(
        name="Lumière Cryogénie SAS",
        jurisdiction="FR",
        domain="lumiere-cryo.example",
        address="27 quai des Brumes, 38000 Grenoble, France",
        registration_number="RCS 900 000 003",
        lei="DEMO00LUMIERE0000009",
        people=("Camille Roussel", "Étienne Vaugirard"),
    ),
    Exporter(
        name="Havelmaschinen KG",
        jurisdiction="DE",
        domain="havelmaschinen.example",
        address="Schleusenweg 8, 14770 Brandenburg, Germany",
        registration_number="HRA 900004",
        lei="DEMO00HAVEL000000070",
        people=("Gesine Havemann",),
        vetted=False,
    ),
    Exporter(
        name="Hanse Zollagentur GmbH",
        jurisdiction="DE",
        domain="hanse-zollagentur.example",
        address="Speicherkai 5, 20457 Hamburg, Germany",
        registration_number="HRB 900005",
        lei="DEMO00HANSEZOLL00095",
        people=("Wiebke Lorenzen", "Malte Brodersen"),
    ),
)
#: A customs broker that files for an exporter: by the names of agent and exporter.
MANDATE = ("Hanse Zollagentur GmbH", "Rheinwerk Optik GmbH")
