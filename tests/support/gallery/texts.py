"""What the documents of the gallery say, and their summaries."""

from __future__ import annotations

HARBOUR = """\
The harbour of Aldwick silted up in the winter of 1703, when three storms in as many weeks carried the bar across its \
mouth. By the spring no ship of more than forty tons could reach the quay at low water, and the herring fleet went to \
Marlow instead.

The town council borrowed 400 pounds in 1710 to have the channel dredged. The work took two summers, employed sixty \
men, and was paid back from the tolls within nine years. The minutes call it “the best bargain that this town has ever \
struck with the sea”.

Trade came back more quickly than anybody had hoped. In 1712 the quay took in 212 ships, twice as many as before the \
storms, and in 1715 it was lengthened by eighty yards. The lamp at its end, which still stands, was lit for the first \
time on the first of May of that year.

What the council did not foresee was that a deeper channel runs faster. Since 1720 the southern bank has lost about a \
foot in each decade, and three houses of Mill Lane stand where the next two feet will go. The surveyor advises a \
groyne of oak, at 90 pounds, before the next winter.
"""
LATER_HARBOUR = HARBOUR.replace("400 pounds in 1710", "450 pounds in 1711").replace("sixty men", "eighty men")
SPACED_HARBOUR = HARBOUR.replace(". ", ".  ")
SUMMARY = """\
Dredging the silted harbour paid for itself within nine years, but the deeper channel now wears away the southern bank.

- **What it cost.** 400 pounds, borrowed in 1710; the minutes call it “the best bargain that this town has ever struck”.
- **What it brought.** 212 ships in 1712, twice as many as before the storms, and a longer quay.
- **What is to be done.** A groyne of oak, at 90 pounds, before three houses of Mill Lane are lost.
"""
PASSAGES = [["“the best bargain that this town has ever struck”", 2]]
OTHER_SUMMARY = """\
A town borrowed to dredge its harbour, and won. Its tolls had paid everything back by 1719, and trade had doubled long \
before. The price is paid by the southern bank, which loses a foot in ten years.
"""
BEGUN = "Dredging the silted harbour paid for itself within nine years, but the deeper channel now wears"
GERMAN = """\
Der Hafen von Aldwick versandete im Winter 1703. Im Jahr 1710 lieh die Stadt vierhundert Pfund und ließ die \
Fahrrinne ausbaggern.

Die Donaudampfschifffahrtsgesellschaftskapitänswitwenversorgungsanstalt beteiligte sich nicht.
"""
GERMAN_SUMMARY = "Die Stadt ließ ihren versandeten Hafen für vierhundert Pfund ausbaggern. Das lohnte sich."
ARABIC = "امتلأ ميناء ألدويك بالطمي في شتاء عام ١٧٠٣. اقترض مجلس المدينة أربعمئة جنيه لتجريف القناة."
ARABIC_SUMMARY = "جرّفت المدينة ميناءها المطمور، وكان ذلك صفقة رابحة."
GAPS = [
    "Page 3 holds a picture without any text that could be read.",
    "Two tables are in the text as rows of words.",
]
ADDRESS = "https://www.example.org/archive/1715/harbour-of-aldwick"
LONG_TITLE = (
    "Minutes of the Harbour Committee of the Borough of Aldwick, with the Surveyor’s Report, the Accounts of the "
)
LONG_TITLE += "Toll House and Letters from Marlow, 1703 to 1720"
