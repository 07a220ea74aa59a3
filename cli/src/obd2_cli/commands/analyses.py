"""`obd2 analyses`: what was answered, and the call of the language model behind it."""

import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from sqlmodel import Session, col, select

from obd2_api.repository.analyses import AnalysisWithAdvice, find_analysis
from obd2_cli.database_access import open_database
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.errors import NotFoundError
from obd2_common.migrate import check_schema
from obd2_common.settings import CommonSettings
from obd2_common.tables.analyses import Analysis, ModelCall

command = typer.Typer(no_args_is_help=True, help="Look at analyses and at at what the language model chose.")

TIME = "%Y-%m-%d %H:%M:%S"


@command.command("list")
def list_analyses(
    device: Annotated[str | None, typer.Option("--device", help="Only this device's.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 20,
) -> None:
    """List the latest analyses, the newest first."""

    def read(session: Session) -> list[Analysis]:
        query = select(Analysis).order_by(col(Analysis.created_at).desc()).limit(limit)
        return list(session.exec(query if device is None else query.where(col(Analysis.source_device) == device)))

    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        found = database.read(read)
    console = Console(highlight=False)
    if not found:
        console.print("Nothing was analysed yet.")
        return
    shown = Table(box=None)
    for title in ("id", "made at (UTC)", "device", "drive", "engine", "message"):
        shown.add_column(title, overflow="fold")
    for analysis in found:
        shown.add_row(
            analysis.analysis_id,
            f"{analysis.created_at:{TIME}}",
            escape(analysis.source_device or "-"),
            escape(analysis.drive_key or "window"),
            analysis.engine or analysis.status,
            escape(analysis.message or ""),
        )
    console.print(shown)


@command.command("show")
def show_analysis(
    analysis_id: Annotated[str, typer.Argument(help="The id `/analyze` answered.")],
    *,
    prompt: Annotated[bool, typer.Option("--prompt", help="Also the prompt and the raw reply.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, with the request to ask again.")] = False,
) -> None:
    """Show one analysis, what it recommends, and the verdict on every item the model replied."""
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        found = database.read(lambda session: find_analysis(session, analysis_id))
        call = database.read(lambda session: session.get(ModelCall, analysis_id))
    if found is None:
        raise NotFoundError(f"there is no analysis {analysis_id}")
    console = Console(highlight=False)
    if as_json:
        console.print_json(json.dumps(_document(found, call), default=str))
        return
    _print_answer(console, found)
    if call is None:
        console.print("The language model was not asked.")
        return
    _print_call(console, call)
    if prompt:
        for title, text in (
            ("System message", call.system_message),
            ("User message", call.user_message),
            ("Raw reply", call.raw_reply or "(none)"),
        ):
            console.rule(title)
            console.print(escape(text), soft_wrap=True)


def _document(found: AnalysisWithAdvice, call: ModelCall | None) -> dict[str, Any]:
    return {
        "analysis": found.analysis.model_dump(mode="json"),
        "recommendations": [item.model_dump(mode="json") for item in found.recommendations],
        "call": None if call is None else call.model_dump(mode="json"),
        "request": None if call is None else chat_request(call),
    }


def chat_request(call: ModelCall) -> dict[str, Any]:
    """Return the body that asks Ollama's ``/api/chat`` the same again."""
    return {
        **(call.options or {}),
        "messages": [
            {"role": "system", "content": call.system_message},
            {"role": "user", "content": call.user_message},
        ],
        "format": call.response_schema,
    }


def _print_answer(console: Console, found: AnalysisWithAdvice) -> None:
    analysis = found.analysis
    console.print(f"[bold]{escape(analysis.analysis_id)}[/bold] {escape(analysis.message or analysis.status)}")
    console.print(
        f"  {escape(analysis.source_device or 'no device')}, drive {escape(analysis.drive_key or '- (window)')}, "
        f"asked by {escape(analysis.trigger)}, made {analysis.created_at:{TIME}} UTC in "
        f"{analysis.processing_time_ms or 0} ms by {analysis.engine or 'nobody'}",
        soft_wrap=True,
    )
    for item in found.recommendations:
        again = f" (as {escape(item.is_duplicate_of)})" if item.is_duplicate_of else ""
        severity = f" {escape(item.severity)}" if item.severity else ""
        console.print(
            f"  {item.rank}. {escape(item.category)}{severity} {item.confidence:.2f}{again}: "
            f"{escape(item.recommendation or '')}",
            soft_wrap=True,
        )


def _print_call(console: Console, call: ModelCall) -> None:
    usage = call.usage or {}
    console.print(
        f"  asked {escape(call.model)} ({(call.model_digest or 'digest unknown')[:12]}), prompt version "
        f"{escape(call.prompt_version)}, {call.attempts} attempt(s), {call.waited_seconds:.1f} s, "
        f"{usage.get('prompt_tokens') or '?'} tokens read (estimated {call.token_estimate}), "
        f"{usage.get('reply_tokens') or '?'} written",
        soft_wrap=True,
    )
    console.print(
        f"  {len(call.evidence or [])} pieces of evidence, {len(call.dropped_evidence or [])} left out for room",
    )
    if call.failure is not None:
        console.print(f"  [red]{escape(call.failure)}[/red]: {escape(call.failure_detail or '')}", soft_wrap=True)
    for verdict in call.verdicts or []:
        mark = (
            "[green]accepted[/green]"
            if verdict.get("is_accepted")
            else f"[red]{escape(str(verdict.get('reason')))}[/red]"
        )
        detail = f" ({escape(str(verdict['detail']))})" if verdict.get("detail") else ""
        dropped = "".join(f" [yellow]dropped {escape(str(part))}[/yellow]" for part in verdict.get("dropped") or ())
        item = escape(json.dumps(verdict.get("item"), ensure_ascii=False))
        console.print(f"  item {verdict.get('position', 0) + 1}: {mark}{detail}{dropped}: {item}", soft_wrap=True)
