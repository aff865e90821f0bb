"""Whether what is reported fits what was handed over, and how the audit log says what an operator did. Pure."""

from rejoinder.ads.delivery.events import CampaignRecalled
from rejoinder.ads.ledger.events import MoneyMoved
from rejoinder.ads.review.events import OfferDecided
from rejoinder.business.profiles.events import OwnerDecided
from rejoinder.safety.reports.model import NewEntry, NewReport, SharedThread

Act = OwnerDecided | OfferDecided | MoneyMoved | CampaignRecalled

POSITIONS_MAX = 50


def refusal_to_report(report: NewReport, thread: SharedThread | None) -> str | None:
    """Say what does not fit, or None: a report about a person or business names a thread with them."""
    if len(report.positions) > POSITIONS_MAX:
        return f"Choose at most {POSITIONS_MAX} messages."
    if report.about_kind == "ad":
        return None
    if thread is None or (thread.other_kind, thread.other_id) != (report.about_kind, report.about_id):
        return "Report somebody from a chat you have with them."
    return None


def entry_of(act: Act) -> NewEntry | None:
    """An event as a line of the log; None where it was not an operator who acted."""
    match act:
        case OwnerDecided(operator_id=int(operator_id)):
            return NewEntry(operator_id, f"owner.{act.state}", f"owner/{act.owner_id}", {"reason": act.reason})
        case OfferDecided(decision="approved" | "refused"):
            detail = {"review_id": str(act.review_id), "reason": act.reason}
            return NewEntry(act.actor_id, f"offer.{act.decision}", f"campaign/{act.campaign_id}", detail)
        case MoneyMoved(way="manual"):
            detail = {"amount_micros": str(act.amount_micros), "reference": act.reference}
            return NewEntry(act.actor_id, f"money.{act.kind}", f"ad_account/{act.ad_account_id}", detail)
        case CampaignRecalled():
            return NewEntry(act.operator_id, "campaign.recalled", f"campaign/{act.campaign_id}", {})
        case _:
            return None
