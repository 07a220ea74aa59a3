"""`obd2 migrate`: bring the database to this version's schema."""

from obd2_cli.database_access import bring_up_to_date, describe_database, open_database
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.settings import CommonSettings


def command() -> None:
    """Bring the database to this version's schema.

    The database is the one of DATABASE_URL, or the SQLite file of the data folder, which is created when missing.
    Running it again changes nothing. A stack runs it before its services start; `obd2 serve` does it by itself.
    """
    console = Console(highlight=False)
    with open_database(load_settings(CommonSettings), may_create=True) as database:
        applied, revision = bring_up_to_date(database)
        console.print(f"Database: {describe_database(database)}", soft_wrap=True, markup=False)
    for name in applied:
        console.print(f"Applied migration {name}.")
    console.print(f"[green]The schema is at {revision}.[/green]" + ("" if applied else " There was nothing to do."))
