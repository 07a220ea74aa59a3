"""A test that finds no database server is named at the end, or fails where one was promised."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
NOBODY_LISTENS = "mysql://obd2:secret@127.0.0.1:1/obd2_test"


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with this suite's conftest and no tests yet."""
    monkeypatch.delenv("OBD2_REQUIRE_DATABASE", raising=False)
    monkeypatch.setenv("OBD2_TEST_DATABASES", "server")
    pytester.makeini(f'[pytest]\npythonpath = "{TESTS}"\nmarkers = databases(side): kinds to run on\n')
    pytester.makeconftest((TESTS / "conftest.py").read_text())
    return pytester


def test_what_was_left_out_is_listed_by_name(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_storage="""
        import pytest

        def test_rows_are_kept():
            pytest.skip("no database: mysql: no image is here")

        def test_slow():
            pytest.skip("another reason")
        """
    )

    result = suite.runpytest_subprocess()

    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(
        ["-* 1 left out, no database mysql: no image is here -*", "test_storage.py::test_rows_are_kept"]
    )


def test_a_server_that_was_named_and_does_not_answer_is_a_failure(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", NOBODY_LISTENS)
    suite.makepyfile("def test_rows_are_kept(database): pass")

    result = suite.runpytest_subprocess()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no database: server: TEST_DATABASE_URL*"])
    result.stdout.no_fnmatch_line("*secret*")


def test_a_test_may_be_kept_to_one_side(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBD2_TEST_DATABASES", "sqlite,server")
    suite.makepyfile(
        """
        import pytest

        @pytest.mark.databases("sqlite")
        def test_pragmas(database):
            assert database.is_sqlite
        """
    )

    result = suite.runpytest_subprocess()

    result.assert_outcomes(passed=1)


def test_a_kind_that_does_not_exist_ends_the_run_with_its_name(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBD2_TEST_DATABASES", "oracle")
    suite.makepyfile("def test_nothing(): pass")

    result = suite.runpytest_subprocess()

    assert result.ret != 0
    result.stderr.fnmatch_lines(["*OBD2_TEST_DATABASES*"])
