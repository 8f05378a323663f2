"""How passwords are kept outside of tests, which otherwise hash them weakly to save time."""

from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from app.models import User
from tests.support.databases import on_one_database

pytestmark = on_one_database


def test_a_password_is_kept_as_strongly_as_rfc_9106_asks_and_still_lets_its_owner_in(strong_hashes, app, ada):
    with app.app_context():
        assert extract_parameters(User.by_email(ada.email).password_hash) == RFC_9106_LOW_MEMORY
    ada.log_out()
    assert ada.log_in("incorrect horse").status_code == 422
    assert ada.log_in().location == "/documents"
