"""Submissions as programs get them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from notifykit.cli import trouble
from notifykit.cli.context import Context
from notifykit.message import Email
from notifykit.submission import Attempt, Submission


def submission_json(context: Context, submission: Submission) -> dict[str, Any]:
    """Give everything that is known of a submission; attachments by name and size only."""
    diagnosis = submission.diagnosis
    return {
        "id": submission.id,
        "reference": submission.reference,
        "source": submission.source,
        "kind": submission.kind,
        "status": submission.status.value,
        "repeated": submission.repeated,
        "delivery": submission.delivery,
        "subject": submission.subject,
        "recipients": list(submission.recipients),
        "created_at": _moment(submission.created_at),
        "updated_at": _moment(submission.updated_at),
        "sent_at": _moment(submission.sent_at),
        "due_at": _moment(submission.due_at),
        "lease_owner": submission.lease_owner,
        "fence": submission.fence,
        "message_id": submission.message_id,
        "idempotency_key": submission.idempotency_key,
        "last_error": submission.last_error,
        "diagnosis": diagnosis.id if diagnosis else None,
        "cause": diagnosis.cause(context.locale) if diagnosis else None,
        "advice": diagnosis.advice(context.locale) if diagnosis else None,
        "attempts": [_attempt(context, attempt) for attempt in submission.attempts],
        "notification": dict(submission.notification),
        "email": _email(submission.email) if submission.email else None,
    }


def _attempt(context: Context, attempt: Attempt) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "provider": attempt.provider,
        "outcome": attempt.outcome.value,
        **trouble.as_json(context, attempt),
        "provider_message_id": attempt.provider_message_id,
        "accepted": list(attempt.accepted),
        "refused": [
            {
                "recipient": refusal.recipient,
                "code": refusal.code,
                "enhanced_code": refusal.enhanced_code,
                "text": refusal.text,
                "permanent": refusal.permanent,
            }
            for refusal in attempt.refused
        ],
        "sha256": attempt.sha256,
        "decided_by": attempt.decided_by,
        "started_at": _moment(attempt.started_at),
        "finished_at": _moment(attempt.finished_at),
    }


def _email(email: Email) -> dict[str, Any]:
    return {
        "sender": str(email.sender),
        "to": [str(address) for address in email.to],
        "reply_to": [str(address) for address in email.reply_to],
        "text": email.text,
        "html": email.html,
        "attachments": [
            {
                "filename": file.filename,
                "content_type": file.content_type,
                "size": len(file.content),
            }
            for file in email.attachments
        ],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
