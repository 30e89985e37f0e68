"""Questions that arrive at the same time are answered together, at little more than one's cost."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future

from zones.incident import Question, answer_questions
from zones.record import Record


class Together:
    """Answers the questions of several threads: one of them works for all that are waiting."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Question, Future[Record]]] = deque()
        self._working = threading.Lock()

    def answer(self, question: Question) -> Record:
        """Return the record of a question, or raise what it raises, whatever others ask."""
        mine: Future[Record] = Future()
        self._waiting.append((question, mine))
        with self._working:
            if not mine.done():  # nobody took it along
                self._answer([self._waiting.popleft() for _ in range(len(self._waiting))])
        return mine.result()

    def _answer(self, asked: list[tuple[Question, Future[Record]]]) -> None:
        try:
            records = answer_questions([question for question, _ in asked])
        except BaseException as error:  # whatever it is: nobody may wait for ever
            if len(asked) == 1:
                asked[0][1].set_exception(error)
            else:  # which of them it is about is seen when each is asked alone
                for one in asked:
                    self._answer([one])
        else:
            for (_, answer), record in zip(asked, records, strict=True):
                answer.set_result(record)
