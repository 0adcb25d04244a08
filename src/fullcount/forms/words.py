"""What the words of a paper mean, for those who did not make it: a page of it stands at the end of a workbook."""

STANDINGS = (
    ("with it", "A covered product was found on the system, and no later complete look says that it is gone."),
    ("exempt", "The same, and every product seen there is under an exemption that has not ended."),
    ("not covered", "Nobody can say: no complete, fresh look at it could have seen the product. It is never counted as clean."),
    ("without it", "Looked at completely and lately, and it is not there."),
)
LABELS = (
    ("exact", "The size of a list: as many rows as the number says."),
    ("at least", "There may be more: some systems are not covered, or records may be other systems than was thought."),
    ("estimate", "Worked out, not counted. It is never added to a count."),
    ("empty", "Not known. It does not mean 0."),
    ("system", "A workstation or server. Each is counted once in the last line, however many exports and components know it."),
    ("looked at", "A complete list of its software, fresh on the day of the count, by tools that could see the products."),
    ("DRAFT", "Something that the paper must say is missing. The sheet Gaps says what, and in which file to say it."),
)
CHECKS = (
    ("The count", "Its id is the digest of all that went in. The same exports, settings, decisions and directive give it again."),
    ("The exports", "Compare the SHA-256 of a file with its line in the list of sources."),
    ("A number", "The list behind it has as many rows; `fullcount explain` shows why one system stands where it stands."),
    ("The other forms", "The JSON of this paper holds every value of it, and the whole account."),
)
ATTESTATION = (
    "By typing my name I state that this paper is, to the best of my knowledge, true and complete, and that what could not "
    "be looked at is told as such."
)
