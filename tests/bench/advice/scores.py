"""What becomes of replies: of those written down, of generated ones, over HTTP, and of a real model."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.adviser import AdviceAnswer, AdviceFailure, AdviceTask
from obd2_analyzer.advice.answer import recommendations
from obd2_analyzer.advice.audit import ItemVerdict
from obd2_analyzer.advice.evidence import Choice
from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.advice.reply import UnreadableReplyError, reply_items
from obd2_analyzer.advice.verification import verify
from obd2_analyzer.ollama.metrics import AdviceMetrics
from obd2_analyzer.ollama.settings import OllamaSettings
from support.advice_cases import coded_task, packet_of, troubled_packet, troubled_task
from support.answer_faults import faults
from support.fake_ollama import FakeOllama
from support.model_replies import KINDS, RECORDED, replies

REAL_CALLS = 5
REAL_SECONDS = 1800.0


@dataclass(slots=True)
class Score:
    """What became of the replies of one source; ``faults`` counts what must not happen, by its kind."""

    name: str
    is_well_formed: bool = False
    replies: int = 0
    unusable: int = 0
    items: int = 0
    accepted: int = 0
    partly: int = 0
    refused: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def count(self, task: AdviceTask, choices: tuple[Choice, ...] | None, verdicts: tuple[ItemVerdict, ...]) -> None:
        """Count one reply, and the faults of the answer it leads to; without choices the rules answer."""
        labels = Counter(verdict.label for verdict in verdicts)
        self.replies += 1
        self.unusable += choices is None
        self.items += len(verdicts)
        self.accepted += labels["accepted"]
        self.partly += labels["partly_accepted"]
        self.refused += len(verdicts) - labels["accepted"] - labels["partly_accepted"]
        self.faults.update(faults(task, recommendations(task, choices)))


def recorded_score() -> Score:
    """Judge the replies that were written down in the forms real servers gave."""
    score = Score("recorded")
    _judge(score, troubled_task(), iter(RECORDED))
    return score


def reply_score(kind: str, count: int) -> Score:
    """Judge generated replies of a kind of model."""
    score = Score(f"{kind} model", kind == "good")
    for task in (troubled_task(), coded_task()):
        _judge(score, task, replies(kind, packet_of(task), count // 2))
    return score


def fake_scores(count: int) -> Iterator[Score]:
    """Ask a stand-in for Ollama that answers as each kind of model would."""
    for kind in KINDS:
        with FakeOllama("llama3.1:8b").running() as fake:
            fake.replies.extend(replies(kind, troubled_packet(), count))
            yield _asked(Score(f"{kind} model over HTTP", kind == "good"), fake.base_url, "llama3.1:8b", count)


def real_score(base_url: str, model: str) -> Score:
    """Ask a real server; the prompt is always the same one, so a few calls tell enough."""
    return _asked(Score(f"{model} at {base_url}"), base_url, model, REAL_CALLS)


def _judge(score: Score, task: AdviceTask, texts: Iterator[str]) -> None:
    packet = packet_of(task)
    for text in texts:
        try:
            score.count(task, *verify(reply_items(text), packet))
        except UnreadableReplyError:
            score.count(task, None, ())


def _asked(score: Score, base_url: str, model: str, count: int) -> Score:
    chosen = OllamaSettings(
        _env_file=None, ollama_base_url=base_url, ollama_model=model, ollama_generate_timeout_seconds=REAL_SECONDS
    )
    adviser = OllamaAdviser(chosen, AdviceMetrics(CollectorRegistry()))
    for _ in range(count):
        outcome: AdviceAnswer | AdviceFailure = adviser.advise(troubled_task())
        choices = outcome.choices if isinstance(outcome, AdviceAnswer) else None
        score.count(troubled_task(), choices, () if outcome.record is None else outcome.record.verdicts)
    adviser.close()
    return score
