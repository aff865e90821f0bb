"""Whether what is reported fits what was handed over. Pure."""

from rejoinder.safety.reports.model import NewReport, SharedThread

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
