-- phase: before
-- Ads: ad accounts and their money, campaigns, review, deliveries. Money is integer micro-units of the ad account's currency.
CREATE SCHEMA ads;

CREATE TABLE ads.ad_account (
    id                bigint PRIMARY KEY CHECK (id > 0),
    owner_id          bigint NOT NULL,
    name              text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    currency          text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    limit_micros      bigint NOT NULL DEFAULT 0 CHECK (limit_micros >= 0),
    committed_micros  bigint NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL,
    CONSTRAINT ad_account_within_limit CHECK (committed_micros BETWEEN 0 AND limit_micros)
);
CREATE UNIQUE INDEX ad_account_of_owner ON ads.ad_account (owner_id, currency);
COMMENT ON COLUMN ads.ad_account.limit_micros IS 'funding less refunds; changed only in the funding transfer''s transaction';
COMMENT ON COLUMN ads.ad_account.committed_micros IS 'posted + held + leased';

-- Double entry. Transfers are immutable and balanced (checked at commit); balances are sums.
CREATE TABLE ads.ledger_account (
    id             bigint PRIMARY KEY CHECK (id > 0),
    ad_account_id  bigint NOT NULL REFERENCES ads.ad_account,
    kind           text NOT NULL CHECK (kind IN ('funding', 'credit', 'holds', 'revenue', 'refunds')),
    currency       text NOT NULL,
    CONSTRAINT ledger_account_unique UNIQUE (ad_account_id, kind, currency)
);

CREATE TABLE ads.transfer (
    id             bigint PRIMARY KEY CHECK (id > 0),
    ad_account_id  bigint NOT NULL REFERENCES ads.ad_account,
    kind           text NOT NULL CHECK (kind IN ('fund', 'refund', 'hold', 'post', 'void')),
    reference      text NOT NULL CHECK (char_length(reference) BETWEEN 1 AND 120),
    actor_id       bigint,
    at             timestamptz NOT NULL,
    CONSTRAINT transfer_reference_unique UNIQUE (ad_account_id, kind, reference)
);
CREATE INDEX transfer_newest ON ads.transfer (ad_account_id, at DESC, id DESC);
COMMENT ON COLUMN ads.transfer.reference IS 'what makes a retry find the first: chunk of a round, funding reference, batch of seen';

CREATE TABLE ads.entry (
    transfer_id        bigint NOT NULL REFERENCES ads.transfer,
    ledger_account_id  bigint NOT NULL REFERENCES ads.ledger_account,
    amount_micros      bigint NOT NULL CHECK (amount_micros <> 0),
    PRIMARY KEY (transfer_id, ledger_account_id)
);
CREATE INDEX entry_of_ledger_account ON ads.entry (ledger_account_id);
COMMENT ON COLUMN ads.entry.amount_micros IS 'debit positive, credit negative; a transfer''s entries sum to zero';

-- Looked at when the transaction commits: two legs or more, sum zero, all of the transfer's own ad account.
CREATE FUNCTION ads.transfer_is_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked_id bigint := CASE TG_TABLE_NAME WHEN 'transfer' THEN (to_jsonb(NEW) ->> 'id')::bigint
                                            ELSE (to_jsonb(NEW) ->> 'transfer_id')::bigint END;
BEGIN
    IF (SELECT count(*) < 2 OR sum(e.amount_micros) <> 0 OR bool_or(l.ad_account_id <> t.ad_account_id)
          FROM ads.transfer t JOIN ads.entry e ON e.transfer_id = t.id JOIN ads.ledger_account l ON l.id = e.ledger_account_id
         WHERE t.id = checked_id) THEN
        RAISE EXCEPTION 'transfer % is not balanced', checked_id USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transfer_has_entries AFTER INSERT ON ads.transfer DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ads.transfer_is_balanced();
CREATE CONSTRAINT TRIGGER transfer_balanced AFTER INSERT ON ads.entry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ads.transfer_is_balanced();
CREATE FUNCTION ads.is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;
CREATE TRIGGER transfer_immutable BEFORE UPDATE OR DELETE ON ads.transfer FOR EACH ROW EXECUTE FUNCTION ads.is_immutable();
CREATE TRIGGER entry_immutable BEFORE UPDATE OR DELETE ON ads.entry FOR EACH ROW EXECUTE FUNCTION ads.is_immutable();

CREATE TABLE ads.campaign (
    id               bigint PRIMARY KEY CHECK (id > 0),
    ad_account_id    bigint NOT NULL REFERENCES ads.ad_account,
    business_id      bigint NOT NULL,
    owner_id         bigint NOT NULL,
    name             text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    goal             text NOT NULL CHECK (goal IN ('seen', 'reply')),
    state            text NOT NULL CHECK (state IN ('draft', 'active', 'paused', 'ended')),
    holdout_ppm      integer NOT NULL DEFAULT 0 CHECK (holdout_ppm BETWEEN 0 AND 500000),
    client_id        text NOT NULL CHECK (char_length(client_id) BETWEEN 1 AND 64),
    created_by       bigint NOT NULL,
    created_at       timestamptz NOT NULL,
    ended_at         timestamptz,
    CONSTRAINT campaign_client_unique UNIQUE (business_id, client_id)
);
COMMENT ON COLUMN ads.campaign.client_id IS 'drawn by the client once per offer, so that a retry finds the first';
CREATE INDEX campaign_of_business ON ads.campaign (business_id, created_at DESC);

CREATE TABLE ads.ad_set (
    id           bigint PRIMARY KEY CHECK (id > 0),
    campaign_id  bigint NOT NULL REFERENCES ads.campaign,
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    bid_micros   bigint NOT NULL CHECK (bid_micros > 0),
    audience     jsonb NOT NULL,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    seen_within_hours integer NOT NULL DEFAULT 72 CHECK (seen_within_hours BETWEEN 1 AND 336),
    CHECK (starts_at < ends_at)
);
CREATE INDEX ad_set_of_campaign ON ads.ad_set (campaign_id);
COMMENT ON COLUMN ads.ad_set.seen_within_hours IS 'an unseen delivery is voided this long after it was delivered';

-- Budgets of ad sets and campaigns (the ad account is its own). A row a day for daily budgets; day is null for the whole lifetime.
CREATE TABLE ads.budget (
    id                bigint PRIMARY KEY CHECK (id > 0),
    scope             text NOT NULL CHECK (scope IN ('ad_set', 'campaign')),
    scope_id          bigint NOT NULL,
    day               date,
    limit_micros      bigint NOT NULL CHECK (limit_micros >= 0),
    committed_micros  bigint NOT NULL DEFAULT 0,
    CONSTRAINT budget_of_scope UNIQUE NULLS NOT DISTINCT (scope, scope_id, day),
    CONSTRAINT budget_committed CHECK (committed_micros >= 0)
);
COMMENT ON COLUMN ads.budget.committed_micros IS 'posted + held + leased; may stand above a limit that was lowered later, then nothing new is committed';

CREATE TABLE ads.creative (
    id            bigint PRIMARY KEY CHECK (id > 0),
    business_id   bigint NOT NULL,
    headline      text NOT NULL CHECK (char_length(headline) BETWEEN 1 AND 60),
    text          text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 300),
    image_url     text CHECK (char_length(image_url) <= 500),
    button_title  text NOT NULL CHECK (char_length(button_title) BETWEEN 1 AND 24),
    button_url    text CHECK (char_length(button_url) <= 2000),
    payer         text NOT NULL CHECK (char_length(payer) BETWEEN 1 AND 120),
    beneficiary   text NOT NULL CHECK (char_length(beneficiary) BETWEEN 1 AND 120),
    content_hash  bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    created_at    timestamptz NOT NULL
);
CREATE TRIGGER creative_immutable BEFORE UPDATE ON ads.creative FOR EACH ROW EXECUTE FUNCTION ads.is_immutable();
COMMENT ON TABLE ads.creative IS 'immutable: a change is a new creative, so what was reviewed is what is delivered';
COMMENT ON COLUMN ads.creative.button_url IS 'null: the button answers in the thread';

CREATE TABLE ads.ad (
    id           bigint PRIMARY KEY CHECK (id > 0),
    ad_set_id    bigint NOT NULL REFERENCES ads.ad_set,
    creative_id  bigint NOT NULL REFERENCES ads.creative,
    state        text NOT NULL CHECK (state IN ('draft', 'in_review', 'approved', 'refused', 'paused')),
    version      bigint NOT NULL DEFAULT 1
);
CREATE INDEX ad_of_ad_set ON ads.ad (ad_set_id);

CREATE TABLE ads.review (
    id             bigint PRIMARY KEY CHECK (id > 0),
    ad_id          bigint NOT NULL REFERENCES ads.ad,
    creative_id    bigint NOT NULL REFERENCES ads.creative,
    content_hash   bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    findings       jsonb NOT NULL,
    submitted_by   bigint NOT NULL,
    submitted_at   timestamptz NOT NULL,
    decision       text CHECK (decision IN ('approved', 'refused', 'withdrawn')),
    reason         text CHECK (char_length(reason) <= 500),
    decided_by     bigint,
    decided_at     timestamptz,
    CHECK ((decision IS NULL) = (decided_at IS NULL)),
    CHECK (decision <> 'refused' OR reason IS NOT NULL)
);
CREATE UNIQUE INDEX review_open ON ads.review (ad_id) WHERE decision IS NULL;
CREATE INDEX review_of_ad ON ads.review (ad_id, submitted_at DESC);
CREATE INDEX review_queue ON ads.review (submitted_at) WHERE decision IS NULL;
COMMENT ON COLUMN ads.review.decision IS 'approved and refused by the operator; withdrawn by the advertiser before either';
COMMENT ON COLUMN ads.review.findings IS '[{field, code, message, severity}] of the automatic checks';
COMMENT ON COLUMN ads.review.content_hash IS 'the reviewed bytes; delivery refuses a creative with another hash';

-- An offer: a campaign with one ad set and one ad, as "Send an offer" makes it, with its newest review.
CREATE VIEW ads.offer AS
    SELECT c.id, c.business_id, c.owner_id, c.ad_account_id, a.currency, c.name, c.state AS campaign_state, c.client_id, c.created_at, c.ended_at,
           s.id AS ad_set_id, s.bid_micros, s.audience, s.starts_at, s.ends_at, b.limit_micros AS total_micros, b.committed_micros,
           a.limit_micros - a.committed_micros AS account_free_micros,
           ad.id AS ad_id, ad.state AS ad_state, ad.version, ad.creative_id, k.headline, k.text, k.image_url, k.button_title, k.button_url,
           k.payer, k.beneficiary, k.content_hash, r.decision, r.reason, coalesce(r.findings, '[]'::jsonb) AS findings,
           r.submitted_at, r.decided_at
      FROM ads.campaign c
      JOIN ads.ad_account a ON a.id = c.ad_account_id
      JOIN ads.ad_set s ON s.campaign_id = c.id
      JOIN ads.ad ON ad.ad_set_id = s.id
      JOIN ads.creative k ON k.id = ad.creative_id
      JOIN ads.budget b ON b.scope = 'campaign' AND b.scope_id = c.id AND b.day IS NULL
      LEFT JOIN LATERAL (SELECT decision, reason, findings, submitted_at, decided_at FROM ads.review
                          WHERE ad_id = ad.id ORDER BY submitted_at DESC, id DESC LIMIT 1) r ON true;

-- A review with the reviewed content and who stands behind it.
CREATE VIEW ads.review_item AS
    SELECT r.id, s.campaign_id, c.state AS campaign_state, b.business_id, b.name AS business_name, b.handle, b.owner_id, b.owner_name,
           b.country AS owner_country, b.owner_state, r.ad_id, r.creative_id, k.headline, k.text, k.image_url, k.button_title, k.button_url,
           k.payer, k.beneficiary, r.content_hash, r.findings, r.submitted_at, r.decision, r.reason, r.decided_at
      FROM ads.review r
      JOIN ads.creative k ON k.id = r.creative_id
      JOIN ads.ad ON ad.id = r.ad_id
      JOIN ads.ad_set s ON s.id = ad.ad_set_id
      JOIN ads.campaign c ON c.id = s.campaign_id
      JOIN business.business_card b ON b.business_id = k.business_id;

-- A delivery round: one price per ad set, worked off in chunks of people by cursor, so that a killed worker''s round is finished by another.
CREATE TABLE ads.round (
    id           bigint PRIMARY KEY CHECK (id > 0),
    state        text NOT NULL CHECK (state IN ('running', 'finished')),
    cursor_home  bigint NOT NULL DEFAULT 0,
    until_home   bigint,
    chunk_count  integer NOT NULL DEFAULT 0,
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    CHECK (until_home > cursor_home)
);
COMMENT ON COLUMN ads.round.cursor_home IS 'people up to this id have been decided on';
COMMENT ON COLUMN ads.round.until_home IS 'end of the chunk that is leased but not yet decided; null between chunks';
CREATE UNIQUE INDEX round_running ON ads.round (state) WHERE state = 'running';

CREATE TABLE ads.round_price (
    round_id       bigint NOT NULL REFERENCES ads.round,
    ad_set_id      bigint NOT NULL REFERENCES ads.ad_set,
    price_micros   bigint NOT NULL CHECK (price_micros >= 0),
    charge_micros  bigint NOT NULL CHECK (charge_micros > 0),
    PRIMARY KEY (round_id, ad_set_id)
);
COMMENT ON COLUMN ads.round_price.price_micros IS 'the planner''s shadow price of the ad set''s nested budgets, per micro-unit scaled by 1e6';
COMMENT ON COLUMN ads.round_price.charge_micros IS 'what a seen message costs in this round; never above the bid';

-- Money leased for one chunk: belongs to the chunk, not to the worker, so whoever goes on after a kill uses and settles it.
CREATE TABLE ads.allowance (
    round_id       bigint NOT NULL REFERENCES ads.round,
    from_home      bigint NOT NULL,
    ad_set_id      bigint NOT NULL REFERENCES ads.ad_set,
    campaign_id    bigint NOT NULL,
    ad_account_id  bigint NOT NULL,
    day            date NOT NULL,
    leased_micros  bigint NOT NULL CHECK (leased_micros > 0),
    held_micros    bigint NOT NULL DEFAULT 0,
    settled_at     timestamptz,
    PRIMARY KEY (round_id, from_home, ad_set_id),
    CONSTRAINT allowance_not_overdrawn CHECK (held_micros BETWEEN 0 AND leased_micros)
);
CREATE INDEX allowance_open ON ads.allowance (ad_set_id) WHERE settled_at IS NULL;
COMMENT ON COLUMN ads.allowance.from_home IS 'cursor of the round where the chunk begins';
COMMENT ON COLUMN ads.allowance.settled_at IS 'what was not held went back to the budgets';
COMMENT ON TABLE ads.allowance IS 'retention: 30 days after it was settled';

-- One delivery: the decision, its facts, its hold. Reports fold from these rows and equal the ledger.
CREATE TABLE ads.delivery (
    person_id          bigint NOT NULL,
    id                 bigint NOT NULL CHECK (id > 0),
    ad_id              bigint NOT NULL REFERENCES ads.ad,
    ad_set_id          bigint NOT NULL,
    campaign_id        bigint NOT NULL,
    creative_id        bigint NOT NULL,
    business_id        bigint NOT NULL,
    owner_id           bigint NOT NULL,
    ad_account_id      bigint NOT NULL,
    round_id           bigint,
    thread_id          bigint NOT NULL,
    position           bigint,
    state              text NOT NULL CHECK (state IN ('held', 'posted', 'void', 'ghost')),
    charge_micros      bigint NOT NULL CHECK (charge_micros >= 0),
    posted_micros      bigint NOT NULL DEFAULT 0 CHECK (posted_micros IN (0, charge_micros)),
    budget_day         date NOT NULL,
    token_hash         bytea NOT NULL,
    delivered_at       timestamptz NOT NULL,
    deadline_at        timestamptz NOT NULL,
    seen_at            timestamptz,
    voided_at          timestamptz,
    void_reason        text CHECK (void_reason IN ('unseen', 'stopped', 'ads_off', 'blocked', 'reported', 'withdrawn', 'recalled')),
    returned_at        timestamptz,
    replied_at         timestamptz,
    stopped_at         timestamptz,
    blocked_at         timestamptz,
    reported_at        timestamptz,
    contact_version    bigint NOT NULL,
    attention_version  bigint NOT NULL,
    policy_version     text NOT NULL,
    local_day          date NOT NULL,
    iso_week           date NOT NULL,
    local_minute       smallint NOT NULL,
    day_count_before   smallint NOT NULL,
    week_count_before  smallint NOT NULL,
    cap_day            smallint NOT NULL,
    cap_week           smallint NOT NULL,
    first_wrote_at     timestamptz NOT NULL,
    last_wrote_at      timestamptz NOT NULL,
    last_wrote_kind    text NOT NULL,
    permission_basis   text NOT NULL,
    age_class          text NOT NULL,
    reasons            jsonb NOT NULL,
    CONSTRAINT delivery_key PRIMARY KEY (person_id, id),
    CONSTRAINT delivery_once_per_ad UNIQUE (person_id, ad_id),
    CHECK ((state = 'ghost') = (position IS NULL)),
    CHECK ((state = 'posted') = (posted_micros > 0 AND posted_micros = charge_micros)),
    CHECK ((state = 'void') = (voided_at IS NOT NULL))
);
CREATE INDEX delivery_of_campaign ON ads.delivery (campaign_id, delivered_at);
CREATE INDEX delivery_held ON ads.delivery (deadline_at) WHERE state = 'held';
CREATE INDEX delivery_unreturned ON ads.delivery (ad_set_id) WHERE state = 'void' AND returned_at IS NULL;
CREATE INDEX delivery_creative ON ads.delivery (person_id, creative_id, delivered_at);
CREATE INDEX delivery_thread ON ads.delivery (thread_id, position);
COMMENT ON COLUMN ads.delivery.state IS 'held -> posted when seen, held -> void when unseen at the deadline or withdrawn; ghost: held out, nothing delivered';
COMMENT ON COLUMN ads.delivery.returned_at IS 'a voided hold''s money went back to its still open budgets';
COMMENT ON TABLE ads.delivery IS 'retention: kept, under a tombstone id after erasure';

-- Published to higher packages.
CREATE VIEW ads.delivery_card AS
    SELECT person_id, id AS delivery_id, ad_id, campaign_id, creative_id, business_id, thread_id, position, state, delivered_at, seen_at
      FROM ads.delivery;
