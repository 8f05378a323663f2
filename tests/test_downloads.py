"""A summary as a file: what it says of itself, what it is called, and who gets it."""

import pytest

from app.summaries.readership import COUNTS
from tests.provider import says
from tests.support.people import Person
from tests.test_public_link import nobody, published  # noqa: F401 - fixtures

DATABASES = ("sqlite",)  # what is shown here is the same on either


@pytest.fixture
def written(ada, provider, work):
    """Writes a document's summary, and gives the document."""

    def write(answer="The channel **silted** up.\n\n- It was dredged.", title="The harbour"):
        provider.script(says(answer))
        document = ada.add(title=title)
        ada.summarise(document)
        work.drain()
        return document

    return write


def file(person, document, suffix):
    return person.get(f"/documents/{document}/summary.{suffix}")


def name(answer):
    return answer.headers["Content-Disposition"]


def test_as_markdown_it_has_its_title_and_says_by_what_it_was_made_when_and_of_how_much(ada, written):
    answer = file(ada, written(), "md")
    assert answer.mimetype == "text/markdown"
    first, text, point, line, below = answer.text.strip().split("\n\n")
    assert (first, text, point, line) == ("# The harbour", "The channel **silted** up.", "- It was dredged.", "---")
    model, covered = below.split("  \n")
    assert model.startswith("Written by test-model. It can be wrong; the document has the last word. Made ")
    assert covered == "Read 100 % of the text, in one piece."


def test_as_text_it_says_the_same_without_marks(ada, written):
    answer = file(ada, written(), "txt")
    assert answer.mimetype == "text/plain"
    assert answer.text.startswith("The harbour\n\nThe channel silted up.\n\n  * It was dredged.\n\n--\n\nWritten by ")
    assert answer.text.endswith("Read 100 % of the text, in one piece.\n")


@pytest.mark.parametrize("suffix", ["md", "txt"])
def test_one_that_is_out_of_date_says_so(ada, written, suffix):
    document = written()
    ada.edit(document, "An altogether different text.")
    assert "Out of date: the text changed in 1 place since this summary." in file(ada, document, suffix).text


def test_what_a_document_or_a_model_writes_is_no_markup_in_the_file(ada, written):
    text = file(ada, written("<script>x</script> See <https://example.org>.", title="*Not* <b>bold</b> # 1"), "md").text
    assert text.startswith("# \\*Not\\* \\<b\\>bold\\</b\\> \\# 1\n")
    assert "&lt;script>x&lt;/script> See <https://example.org>." in text


@pytest.mark.parametrize(
    ("title", "called"),
    [
        ("The harbour", 'filename="Summary of The harbour.md"'),
        ("a/b\\c: d?", 'filename="Summary of a b c d.md"'),
        ("Hafen am Öresund", "filename*=UTF-8''Summary%20of%20Hafen%20am%20%C3%96resund.md"),
        ("港", "filename*=UTF-8''Summary%20of%20%E6%B8%AF.md"),
        ("report\u202etxt.exe", 'filename="Summary of reporttxt.exe.md"'),
        ("...", "filename=Summary.md"),
    ],
)
def test_it_is_called_after_the_document_in_a_way_that_every_system_takes(ada, written, title, called):
    answer = name(file(ada, written(title=title), "md"))
    assert answer.startswith("attachment; ")
    assert called in answer


def test_a_long_title_makes_no_name_that_is_too_long(ada, written):
    answer = name(file(ada, written(title="港" * 200), "md"))
    assert answer.count("%E6%B8%AF") == 60


@pytest.mark.parametrize("state", ["none", "pending", "without text"])
def test_where_there_is_no_finished_summary_there_is_no_file(ada, state):
    document = ada.add_file("a.txt", b"A text.") if state == "without text" else ada.add()
    if state == "pending":
        ada.summarise(document)
    assert [file(ada, document, suffix).status_code for suffix in ("md", "txt", "pdf")] == [404, 404, 404]


def test_it_is_for_those_who_may_read_the_document(app, ada, ben, eve, written):
    document = written()
    ada.share(document, ben)
    assert (file(ben, document, "md").status_code, file(eve, document, "md").status_code) == (200, 404)
    assert file(Person(app, "nobody"), document, "md").location.startswith("/login")


def test_whoever_has_the_link_gets_it_until_the_link_is_revoked(ada, nobody, published):  # noqa: F811
    document, link = published
    answer = nobody.get(f"{link}/summary.txt")
    assert "What the harbour was." in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    ada.unpublish(document)
    assert nobody.get(f"{link}/summary.txt").status_code == 404


def test_fetching_it_counts_as_no_reading(ada, written, redis):
    document = written()
    ada.get(f"/documents/{document}")
    before = redis.hgetall(COUNTS)
    assert before
    file(ada, document, "md")
    file(ada, document, "txt")
    assert redis.hgetall(COUNTS) == before
