"""The facts a decision rests on, the reasons it can give, the rows that protect a person, and their history. No decisions here."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from rejoinder.units.errors import InputInvalid, Missing


class AttentionMissing(Missing):
    """There is no such person."""

    code = "attention_missing"


class CapInvalid(InputInvalid):
    """A person's own cap is out of bounds."""

    code = "cap_invalid"


class QuietHoursInvalid(InputInvalid):
    """Quiet hours need a beginning and another end."""

    code = "quiet_hours_invalid"


class PersonUnblockable(InputInvalid):
    """Nobody blocks themself."""

    code = "person_unblockable"


class RefusalGroup(StrEnum):
    """What advertisers see of reasons: five groups, never a single person."""

    NOT_PERMITTED = "not_permitted"
    CHOSE_NOT = "chose_not"
    TOO_OLD = "too_old"
    RECENTLY_CONTACTED = "recently_contacted"
    NOT_REACHABLE = "not_reachable"


class Refusal(StrEnum):
    """Why an advert may not reach a person now, in the order in which they are asked: what lasts longest comes first."""

    group: RefusalGroup
    sentence: str

    def __new__(cls, code: str, group: RefusalGroup, sentence: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.group = group
        member.sentence = sentence
        return member

    NEVER_WROTE = "never_wrote", RefusalGroup.NOT_PERMITTED, "You never wrote to this business."
    KIND_DOES_NOT_COUNT = (
        "kind_does_not_count",
        RefusalGroup.NOT_PERMITTED,
        "You tapped, but never wrote to this business yourself.",
    )
    STOPPED = "stopped", RefusalGroup.CHOSE_NOT, "You stopped this business's offers."
    ADS_OFF = "ads_off", RefusalGroup.CHOSE_NOT, "You turned all adverts off."
    BLOCKED = "blocked", RefusalGroup.CHOSE_NOT, "You blocked this business."
    REPORTED = "reported", RefusalGroup.CHOSE_NOT, "You reported this business."
    PERMISSION_WITHDRAWN = (
        "permission_withdrawn",
        RefusalGroup.CHOSE_NOT,
        "You took back your permission for offers from this business.",
    )
    PAUSED = "paused", RefusalGroup.CHOSE_NOT, "Offers from this business are paused until you say otherwise."
    MUTED = "muted", RefusalGroup.CHOSE_NOT, "You muted this business."
    LESS = "less", RefusalGroup.CHOSE_NOT, "You asked for fewer offers from this business."
    BLOCKED_BY_BUSINESS = "blocked_by_business", RefusalGroup.NOT_PERMITTED, "This business blocked you."
    ON_TEAM = "on_team", RefusalGroup.NOT_PERMITTED, "You work for this business."
    GUEST = "guest", RefusalGroup.NOT_PERMITTED, "You are a guest; guests get no offers."
    UNVERIFIED = "unverified", RefusalGroup.NOT_PERMITTED, "Your e-mail address is not verified."
    MINOR = "minor", RefusalGroup.NOT_PERMITTED, "You are too young for offers."
    AGE_UNKNOWN = "age_unknown", RefusalGroup.NOT_PERMITTED, "Your birth year is not known."
    YOUNG_ACCOUNT = "young_account", RefusalGroup.NOT_PERMITTED, "Your account is very new."
    NO_PERMISSION = "no_permission", RefusalGroup.NOT_PERMITTED, "Where you live, a business has to ask you first."
    TOO_OLD = "too_old", RefusalGroup.TOO_OLD, "You last wrote to this business too long ago."
    UNANSWERED = "unanswered", RefusalGroup.RECENTLY_CONTACTED, "You left its last offers unanswered."
    WEEK_CAP = "week_cap", RefusalGroup.RECENTLY_CONTACTED, "You have had your offers for this week."
    DAY_CAP = "day_cap", RefusalGroup.RECENTLY_CONTACTED, "You have had your offers for today."
    OWNER_CAP = "owner_cap", RefusalGroup.RECENTLY_CONTACTED, "You have just had an offer from this company."
    GAP = "gap", RefusalGroup.RECENTLY_CONTACTED, "You have just had another offer."
    WAITING = "waiting", RefusalGroup.NOT_REACHABLE, "You are waiting for an answer."
    UNREAD_REPLY = "unread_reply", RefusalGroup.NOT_REACHABLE, "You have not read its last answer."
    COOLING_OFF = "cooling_off", RefusalGroup.NOT_REACHABLE, "You have just been talking with each other."
    QUIET_HOURS = "quiet_hours", RefusalGroup.NOT_REACHABLE, "These are your quiet hours."


ADULT_AGE = 18
"""For what is no advert: who counts as a minor among people. Adverts follow the policy, which is never below this."""

CAP_DAY_MAX = 50
CAP_WEEK_MAX = 350


class AgeClass(StrEnum):
    """As sure as a birth year can be: an adult has had this birthday already."""

    UNKNOWN = "unknown"
    MINOR = "minor"
    ADULT = "adult"


class Permission(StrEnum):
    """What a region asks for, loosest first: nothing, the person's own message as soft opt-in, or an explicit yes."""

    NONE = "none"
    SOFT = "soft"
    EXPLICIT = "explicit"


class ChangeKind(StrEnum):
    """What a protection event says; the words are those of people.protection_event.kind."""

    STOPPED = "stopped"
    STOP_UNDONE = "stop_undone"
    ADS_OFF = "ads_off"
    ADS_ON = "ads_on"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    BLOCKED_BY_BUSINESS = "blocked_by_business"
    UNBLOCKED_BY_BUSINESS = "unblocked_by_business"
    REPORTED = "reported"
    MUTED = "muted"
    UNMUTED = "unmuted"
    LESS = "less"
    PAUSED = "paused"
    CAPS = "caps"
    QUIET_HOURS = "quiet_hours"
    ZONE = "zone"
    REGION = "region"
    BIRTH_YEAR = "birth_year"
    CLAIMED = "claimed"
    VERIFIED = "verified"
    PERMISSION_GIVEN = "permission_given"
    PERMISSION_WITHDRAWN = "permission_withdrawn"
    TEAM_JOINED = "team_joined"
    TEAM_LEFT = "team_left"


class Actor(StrEnum):
    """Who made a change."""

    PERSON = "person"
    BUSINESS = "business"
    OPERATOR = "operator"
    STOP_WORD = "stop_word"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one region. A person's own settings can only make them stricter. `version` names the whole set of rules."""

    version: str
    permission: Permission
    kinds: frozenset[str]
    recency_days: int
    cooling_off_hours: int
    cap_day: int
    cap_week: int
    gap_hours: int
    owner_gap_hours: int
    less_gap_hours: int
    unanswered_max: int
    quiet_from_minute: int
    quiet_until_minute: int
    adult_age: int
    account_age_hours: int


@dataclass(frozen=True, slots=True)
class Policies:
    """The default rules and those of regions that are stricter."""

    version: str
    default: Policy
    regions: dict[str, Policy]

    def for_region(self, region: str | None) -> Policy:
        """The rules where a person lives."""
        return self.default if region is None else self.regions.get(region, self.default)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who might get an advert of a business; `creative_id` is the caller's own note, handed back."""

    person_id: int
    business_id: int
    creative_id: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a decision about one person and one business looks at, from one snapshot. Without a contact its half is empty."""

    person_id: int
    business_id: int
    attention_version: int
    region: str
    offset_minutes: int | None
    birth_year: int | None
    claimed_at: datetime | None
    verified_at: datetime | None
    ads_off_at: datetime | None
    cap_day: int | None
    cap_week: int | None
    quiet_from_minute: int | None
    quiet_until_minute: int | None
    local_day: date | None
    local_day_started_at: datetime | None
    day_count: int
    iso_week: date | None
    week_count: int
    counted_offset: int | None
    last_delivered_at: datetime | None
    is_on_team: bool
    contact_version: int | None = None
    owner_id: int | None = None
    thread_id: int | None = None
    first_wrote_at: datetime | None = None
    first_wrote_kind: str | None = None
    first_wrote_position: int | None = None
    last_wrote_at: datetime | None = None
    last_wrote_kind: str | None = None
    last_wrote_entry_point_id: int | None = None
    last_heard_at: datetime | None = None
    last_service_at: datetime | None = None
    waiting_since: datetime | None = None
    unread_reply_count: int = 0
    owner_last_delivered_at: datetime | None = None
    owner_ads_unanswered_count: int = 0
    permission_basis: str | None = None
    permission_withdrawn_at: datetime | None = None
    ads_stopped_at: datetime | None = None
    ads_paused_until: datetime | None = None
    muted_until: datetime | None = None
    less_at: datetime | None = None
    blocked_at: datetime | None = None
    blocked_by_business_at: datetime | None = None
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a delivery stores of the decision that let it through; counters are those before it."""

    contact_version: int
    attention_version: int
    policy_version: str
    local_day: date
    iso_week: date
    local_minute: int
    offset_minutes: int
    day_count_before: int
    week_count_before: int
    cap_day: int
    cap_week: int
    first_wrote_at: datetime
    last_wrote_at: datetime
    last_wrote_kind: str
    permission_basis: str
    age_class: AgeClass


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer about one candidate: a refusal, or the grounds on which an advert may be delivered `at` this time."""

    candidate: Candidate
    at: datetime
    refusal: Refusal | None
    facts: Facts
    grounds: Grounds | None


@dataclass(frozen=True, slots=True)
class ContactProtections:
    """What protects a person from one business. The defaults are how every contact begins."""

    ads_stopped_at: datetime | None = None
    ads_paused_until: datetime | None = None
    muted_until: datetime | None = None
    less_at: datetime | None = None
    blocked_at: datetime | None = None
    blocked_by_business_at: datetime | None = None
    reported_at: datetime | None = None
    permission_basis: str | None = None
    permission_evidence: dict[str, Any] | None = None
    permission_wording: str | None = None
    permission_channel: str | None = None
    permission_at: datetime | None = None
    permission_withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AttentionProtections:
    """What protects a person from everybody. `team_business_ids` are the businesses they act for, in order."""

    region: str
    zone: str
    birth_year: int | None
    claimed_at: datetime | None
    verified_at: datetime | None
    ads_off_at: datetime | None
    cap_day: int | None
    cap_week: int | None
    quiet_from_minute: int | None
    quiet_until_minute: int | None
    team_business_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ProtectionEvent:
    """One change; `old` and `new` hold the changed fields as plain JSON. `business_id` is None for what protects from everybody."""

    person_id: int
    id: int
    business_id: int | None
    kind: str
    old: dict[str, Any]
    new: dict[str, Any]
    contact_version: int | None
    attention_version: int | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactCard:
    """One line of "who may message me and why"."""

    business_id: int
    contact_id: int
    thread_id: int
    name: str | None
    hue: int | None
    handle: str | None
    is_verified: bool | None
    newest_at: datetime
    reply_window_ends_at: datetime | None
    first_wrote_at: datetime | None
    first_wrote_kind: str | None
    last_wrote_at: datetime | None
    last_delivered_at: datetime | None
    delivered_count: int
    ads_stopped_at: datetime | None
    ads_paused_until: datetime | None
    muted_until: datetime | None
    less_at: datetime | None
    blocked_at: datetime | None
