"""The hosts of pages of papers, at publishers and archives other than arXiv."""

# As alternatives of a pattern: the host, or the host and the path's beginning.
PUBLISHERS = (
    r"doi\.org|openreview\.net|aclanthology\.org|aclweb\.org/anthology|"
    r"papers\.nips\.cc|papers\.neurips\.cc|"
    r"openaccess\.[\w.-]+|ecva\.net|dl\.acm\.org|ieeexplore\.ieee\.org|jmlr\.org|"
    r"link\.springer\.com|nature\.com|science\.org|sciencedirect\.com|biorxiv\.org|medrxiv\.org|"
    r"ojs\.aaai\.org|aaai\.org|ijcai\.org|isca-speech\.org|isca-archive\.org|usenix\.org|"
    r"semanticscholar\.org|ndss-symposium\.org|papers\.ssrn\.com|eprint\.iacr\.org|hal\.science|"
    r"onlinelibrary\.wiley\.com|tandfonline\.com|academic\.oup\.com|mdpi\.com|frontiersin\.org|"
    r"proceedings\.[\w.-]+|journals?\.[\w.-]+"
)
