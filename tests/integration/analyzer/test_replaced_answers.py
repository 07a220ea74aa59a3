"""An analysis that takes the place and id of another: what named the advice of the first."""

from sqlmodel import Session

from obd2_analyzer.repository.analyses import point_repeats_anew, remove_analysis, store_analysis
from obd2_common.tables.analyses import Recommendation
from support.analyzer_store import START, Garage


def analysis(analysis_id: str) -> dict[str, object]:
    return {"analysis_id": analysis_id, "trigger": "request", "status": "ok", "created_at": START}


def advice(rule: str, rank: int, **more: str) -> dict[str, object]:
    told = {"category": "Cooling", "confidence": 0.5, "recommendation": rule, "occurrences": 1}
    return {"rule": rule, "signal": "S", "rank": rank, "is_duplicate_of": None, "superseded_by": None, **told, **more}


def test_what_named_the_advice_of_a_replaced_answer_names_the_same_in_the_new_one(garage: Garage) -> None:
    def replace(session: Session) -> None:
        old = [advice("idle", 1, superseded_by="an-1/1"), advice("maf", 2, superseded_by="an-10/1")]
        store_analysis(session, analysis("an-0"), old)
        store_analysis(session, analysis("an-1"), [advice("idle", 1), advice("coolant", 2)])
        later = [advice("idle", 1, is_duplicate_of="an-1/1"), advice("coolant", 2, is_duplicate_of="an-1/2")]
        store_analysis(session, analysis("an-2"), later)
        remove_analysis(session, "an-1")
        store_analysis(session, analysis("an-1"), [advice("coolant", 1)])
        point_repeats_anew(session, "an-1")

    garage.database.run(replace)

    told = {(row.analysis_id, row.rule): row for row in garage.all(Recommendation)}
    assert [told["an-0", rule].superseded_by for rule in ("idle", "maf")] == [None, "an-10/1"]
    assert [told["an-2", rule].is_duplicate_of for rule in ("idle", "coolant")] == [None, "an-1/1"]
