"""arXiv's archives and categories."""

from collections.abc import Iterable

_SUBJECTS = {
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE "
    "NI OH OS PF PL RO SC SD SE SI SY",
    "stat": "AP CO ME ML OT TH",
    "eess": "AS IV SP SY",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA "
    "RT SG SP ST",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "econ": "EM GN TH",
    "physics": "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph "
    "flu-dyn gen-ph geo-ph hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "astro-ph": "CO EP GA HE IM SR",
    "nlin": "AO CD CG PS SI",
    "quant-ph": "",
    "hep-th": "",
    "hep-ph": "",
    "gr-qc": "",
}
_KNOWN = {
    archive: [f"{archive}.{subject}" for subject in subjects.split()]
    for archive, subjects in _SUBJECTS.items()
}
_BY_LOWER = {name.lower(): name for names in _KNOWN.values() for name in names}


class UnknownCategory(ValueError):
    """The archive or category does not exist at arXiv."""


def parse(query: str) -> tuple[str, ...]:
    """Read ``cs.CL+cs.LG``; letter case is ignored; an archive stands for itself."""
    return tuple(_known(part) for part in query.split("+"))


def among(categories: Iterable[str], asked: Iterable[str]) -> bool:
    """Check whether one of these categories, or its archive, was requested."""
    requested = tuple(asked)
    return any(
        category in requested or category.partition(".")[0] in requested for category in categories
    )


def _known(part: str) -> str:
    lower = part.lower()
    if lower in _KNOWN:
        return lower
    if lower in _BY_LOWER:
        return _BY_LOWER[lower]
    archive, _, subject = part.partition(".")
    if archive.lower() not in _KNOWN:
        raise UnknownCategory(f"Bad archive '{archive}'. Valid archives are: {', '.join(_KNOWN)}.")
    valid = ", ".join(_KNOWN[archive.lower()])
    raise UnknownCategory(
        f"Bad subject class '{subject}'. Valid subject classes for the archive "
        f"'{archive.lower()}' are: {valid}."
    )
