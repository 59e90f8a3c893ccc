"""What the two queues carry: an id each. Workers take runs off `execution` many at a time; see worker.py."""

from engine import clock
from engine.db import Database
from engine.postman import Postman
from engine.queue import Doorbell
from engine.services.runs import admission

ADVANCE = f"{__name__}.advance"
ADMIT = f"{__name__}.admit"
MAIL = f"{__name__}.mail"


def register_dispatch(queue: Doorbell, database: Database, postman: Postman) -> None:
    """Let `queue` admit the runs that a limit held back, and send mail."""

    @queue.task(name="admit")  # type: ignore[untyped-decorator]
    def admit(workflow_id: str) -> None:
        database.run(lambda uow: admission.wake_limited(uow, workflow_id, clock.now()))

    @queue.task(name="mail")  # type: ignore[untyped-decorator]
    def mail(mail_id: str) -> None:
        postman.deliver(mail_id)
