-- Generated from the migrations by `make schema`; for reading only.

CREATE SCHEMA ads;

CREATE FUNCTION ads.is_immutable() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;

CREATE FUNCTION ads.transfer_is_balanced() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE TABLE ads.ad (
    id bigint NOT NULL,
    ad_set_id bigint NOT NULL,
    creative_id bigint NOT NULL,
    state text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT ad_id_check CHECK ((id > 0)),
    CONSTRAINT ad_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'in_review'::text, 'approved'::text, 'refused'::text, 'paused'::text])))
);

CREATE TABLE ads.ad_account (
    id bigint NOT NULL,
    owner_id bigint NOT NULL,
    name text NOT NULL,
    currency text NOT NULL,
    limit_micros bigint DEFAULT 0 NOT NULL,
    committed_micros bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ad_account_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT ad_account_id_check CHECK ((id > 0)),
    CONSTRAINT ad_account_limit_micros_check CHECK ((limit_micros >= 0)),
    CONSTRAINT ad_account_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 80))),
    CONSTRAINT ad_account_within_limit CHECK (((committed_micros >= 0) AND (committed_micros <= limit_micros)))
);

COMMENT ON COLUMN ads.ad_account.limit_micros IS 'funding less refunds; changed only in the funding transfer''s transaction';

COMMENT ON COLUMN ads.ad_account.committed_micros IS 'posted + held + leased';

CREATE TABLE ads.ad_set (
    id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    name text NOT NULL,
    bid_micros bigint NOT NULL,
    audience jsonb NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    seen_within_hours integer DEFAULT 72 NOT NULL,
    CONSTRAINT ad_set_bid_micros_check CHECK ((bid_micros > 0)),
    CONSTRAINT ad_set_check CHECK ((starts_at < ends_at)),
    CONSTRAINT ad_set_id_check CHECK ((id > 0)),
    CONSTRAINT ad_set_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 80))),
    CONSTRAINT ad_set_seen_within_hours_check CHECK (((seen_within_hours >= 1) AND (seen_within_hours <= 336)))
);

COMMENT ON COLUMN ads.ad_set.seen_within_hours IS 'an unseen delivery is voided this long after it was delivered';

CREATE TABLE ads.allowance (
    round_id bigint NOT NULL,
    from_home bigint NOT NULL,
    ad_set_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    ad_account_id bigint NOT NULL,
    day date NOT NULL,
    leased_micros bigint NOT NULL,
    held_micros bigint DEFAULT 0 NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT allowance_leased_micros_check CHECK ((leased_micros > 0)),
    CONSTRAINT allowance_not_overdrawn CHECK (((held_micros >= 0) AND (held_micros <= leased_micros)))
);

COMMENT ON TABLE ads.allowance IS 'retention: 30 days after it was settled';

COMMENT ON COLUMN ads.allowance.from_home IS 'cursor of the round where the chunk begins';

COMMENT ON COLUMN ads.allowance.settled_at IS 'what was not held went back to the budgets';

CREATE TABLE ads.budget (
    id bigint NOT NULL,
    scope text NOT NULL,
    scope_id bigint NOT NULL,
    day date,
    limit_micros bigint NOT NULL,
    committed_micros bigint DEFAULT 0 NOT NULL,
    CONSTRAINT budget_committed CHECK ((committed_micros >= 0)),
    CONSTRAINT budget_id_check CHECK ((id > 0)),
    CONSTRAINT budget_limit_micros_check CHECK ((limit_micros >= 0)),
    CONSTRAINT budget_scope_check CHECK ((scope = ANY (ARRAY['ad_set'::text, 'campaign'::text])))
);

COMMENT ON COLUMN ads.budget.committed_micros IS 'posted + held + leased; may stand above a limit that was lowered later, then nothing new is committed';

CREATE TABLE ads.campaign (
    id bigint NOT NULL,
    ad_account_id bigint NOT NULL,
    business_id bigint NOT NULL,
    owner_id bigint NOT NULL,
    name text NOT NULL,
    goal text NOT NULL,
    state text NOT NULL,
    holdout_ppm integer DEFAULT 0 NOT NULL,
    client_id text NOT NULL,
    created_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT campaign_client_id_check CHECK (((char_length(client_id) >= 1) AND (char_length(client_id) <= 64))),
    CONSTRAINT campaign_goal_check CHECK ((goal = ANY (ARRAY['seen'::text, 'reply'::text]))),
    CONSTRAINT campaign_holdout_ppm_check CHECK (((holdout_ppm >= 0) AND (holdout_ppm <= 500000))),
    CONSTRAINT campaign_id_check CHECK ((id > 0)),
    CONSTRAINT campaign_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 80))),
    CONSTRAINT campaign_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'active'::text, 'paused'::text, 'ended'::text])))
);

COMMENT ON COLUMN ads.campaign.client_id IS 'drawn by the client once per offer, so that a retry finds the first';

CREATE TABLE ads.creative (
    id bigint NOT NULL,
    business_id bigint NOT NULL,
    headline text NOT NULL,
    text text NOT NULL,
    image_url text,
    button_title text NOT NULL,
    button_url text,
    payer text NOT NULL,
    beneficiary text NOT NULL,
    content_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT creative_beneficiary_check CHECK (((char_length(beneficiary) >= 1) AND (char_length(beneficiary) <= 120))),
    CONSTRAINT creative_button_title_check CHECK (((char_length(button_title) >= 1) AND (char_length(button_title) <= 24))),
    CONSTRAINT creative_button_url_check CHECK ((char_length(button_url) <= 2000)),
    CONSTRAINT creative_content_hash_check CHECK ((octet_length(content_hash) = 32)),
    CONSTRAINT creative_headline_check CHECK (((char_length(headline) >= 1) AND (char_length(headline) <= 60))),
    CONSTRAINT creative_id_check CHECK ((id > 0)),
    CONSTRAINT creative_image_url_check CHECK ((char_length(image_url) <= 500)),
    CONSTRAINT creative_payer_check CHECK (((char_length(payer) >= 1) AND (char_length(payer) <= 120))),
    CONSTRAINT creative_text_check CHECK (((char_length(text) >= 1) AND (char_length(text) <= 300)))
);

COMMENT ON TABLE ads.creative IS 'immutable: a change is a new creative, so what was reviewed is what is delivered';

COMMENT ON COLUMN ads.creative.button_url IS 'null: the button answers in the thread';

CREATE TABLE ads.delivery (
    person_id bigint NOT NULL,
    id bigint NOT NULL,
    ad_id bigint NOT NULL,
    ad_set_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    creative_id bigint NOT NULL,
    business_id bigint NOT NULL,
    owner_id bigint NOT NULL,
    ad_account_id bigint NOT NULL,
    round_id bigint,
    thread_id bigint NOT NULL,
    "position" bigint,
    state text NOT NULL,
    charge_micros bigint NOT NULL,
    posted_micros bigint DEFAULT 0 NOT NULL,
    budget_day date NOT NULL,
    token_hash bytea NOT NULL,
    delivered_at timestamp with time zone NOT NULL,
    deadline_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone,
    voided_at timestamp with time zone,
    void_reason text,
    returned_at timestamp with time zone,
    replied_at timestamp with time zone,
    stopped_at timestamp with time zone,
    blocked_at timestamp with time zone,
    reported_at timestamp with time zone,
    contact_version bigint NOT NULL,
    attention_version bigint NOT NULL,
    policy_version text NOT NULL,
    local_day date NOT NULL,
    iso_week date NOT NULL,
    local_minute smallint NOT NULL,
    day_count_before smallint NOT NULL,
    week_count_before smallint NOT NULL,
    cap_day smallint NOT NULL,
    cap_week smallint NOT NULL,
    first_wrote_at timestamp with time zone NOT NULL,
    last_wrote_at timestamp with time zone NOT NULL,
    last_wrote_kind text NOT NULL,
    permission_basis text NOT NULL,
    age_class text NOT NULL,
    reasons jsonb NOT NULL,
    CONSTRAINT delivery_charge_micros_check CHECK ((charge_micros >= 0)),
    CONSTRAINT delivery_check CHECK (((posted_micros = 0) OR (posted_micros = charge_micros))),
    CONSTRAINT delivery_check1 CHECK (((state = 'ghost'::text) = ("position" IS NULL))),
    CONSTRAINT delivery_check2 CHECK (((state = 'posted'::text) = ((posted_micros > 0) AND (posted_micros = charge_micros)))),
    CONSTRAINT delivery_check3 CHECK (((state = 'void'::text) = (voided_at IS NOT NULL))),
    CONSTRAINT delivery_id_check CHECK ((id > 0)),
    CONSTRAINT delivery_state_check CHECK ((state = ANY (ARRAY['held'::text, 'posted'::text, 'void'::text, 'ghost'::text]))),
    CONSTRAINT delivery_void_reason_check CHECK ((void_reason = ANY (ARRAY['unseen'::text, 'stopped'::text, 'ads_off'::text, 'blocked'::text, 'reported'::text, 'withdrawn'::text, 'recalled'::text])))
);

COMMENT ON TABLE ads.delivery IS 'retention: kept, under a tombstone id after erasure';

COMMENT ON COLUMN ads.delivery.state IS 'held -> posted when seen, held -> void when unseen at the deadline or withdrawn; ghost: held out, nothing delivered';

COMMENT ON COLUMN ads.delivery.returned_at IS 'a voided hold''s money went back to its still open budgets';

CREATE VIEW ads.delivery_card AS
 SELECT person_id,
    id AS delivery_id,
    ad_id,
    campaign_id,
    creative_id,
    business_id,
    thread_id,
    "position",
    state,
    delivered_at,
    seen_at
   FROM ads.delivery;

CREATE TABLE ads.entry (
    transfer_id bigint NOT NULL,
    ledger_account_id bigint NOT NULL,
    amount_micros bigint NOT NULL,
    CONSTRAINT entry_amount_micros_check CHECK ((amount_micros <> 0))
);

COMMENT ON COLUMN ads.entry.amount_micros IS 'debit positive, credit negative; a transfer''s entries sum to zero';

CREATE TABLE ads.ledger_account (
    id bigint NOT NULL,
    ad_account_id bigint NOT NULL,
    kind text NOT NULL,
    currency text NOT NULL,
    CONSTRAINT ledger_account_id_check CHECK ((id > 0)),
    CONSTRAINT ledger_account_kind_check CHECK ((kind = ANY (ARRAY['funding'::text, 'credit'::text, 'holds'::text, 'revenue'::text, 'refunds'::text])))
);

CREATE TABLE ads.review (
    id bigint NOT NULL,
    ad_id bigint NOT NULL,
    creative_id bigint NOT NULL,
    content_hash bytea NOT NULL,
    findings jsonb NOT NULL,
    submitted_by bigint NOT NULL,
    submitted_at timestamp with time zone NOT NULL,
    decision text,
    reason text,
    decided_by bigint,
    decided_at timestamp with time zone,
    CONSTRAINT review_check CHECK (((decision IS NULL) = (decided_at IS NULL))),
    CONSTRAINT review_check1 CHECK (((decision <> 'refused'::text) OR (reason IS NOT NULL))),
    CONSTRAINT review_content_hash_check CHECK ((octet_length(content_hash) = 32)),
    CONSTRAINT review_decision_check CHECK ((decision = ANY (ARRAY['approved'::text, 'refused'::text, 'withdrawn'::text]))),
    CONSTRAINT review_id_check CHECK ((id > 0)),
    CONSTRAINT review_reason_check CHECK ((char_length(reason) <= 500))
);

COMMENT ON COLUMN ads.review.content_hash IS 'the reviewed bytes; delivery refuses a creative with another hash';

COMMENT ON COLUMN ads.review.findings IS '[{field, code, message, severity}] of the automatic checks';

COMMENT ON COLUMN ads.review.decision IS 'approved and refused by the operator; withdrawn by the advertiser before either';

CREATE VIEW ads.offer AS
 SELECT c.id,
    c.business_id,
    c.owner_id,
    c.ad_account_id,
    a.currency,
    c.name,
    c.state AS campaign_state,
    c.client_id,
    c.created_at,
    c.ended_at,
    s.id AS ad_set_id,
    s.bid_micros,
    s.audience,
    s.starts_at,
    s.ends_at,
    b.limit_micros AS total_micros,
    b.committed_micros,
    (a.limit_micros - a.committed_micros) AS account_free_micros,
    ad.id AS ad_id,
    ad.state AS ad_state,
    ad.version,
    ad.creative_id,
    k.headline,
    k.text,
    k.image_url,
    k.button_title,
    k.button_url,
    k.payer,
    k.beneficiary,
    k.content_hash,
    r.decision,
    r.reason,
    COALESCE(r.findings, '[]'::jsonb) AS findings,
    r.submitted_at,
    r.decided_at
   FROM ((((((ads.campaign c
     JOIN ads.ad_account a ON ((a.id = c.ad_account_id)))
     JOIN ads.ad_set s ON ((s.campaign_id = c.id)))
     JOIN ads.ad ON ((ad.ad_set_id = s.id)))
     JOIN ads.creative k ON ((k.id = ad.creative_id)))
     JOIN ads.budget b ON (((b.scope = 'campaign'::text) AND (b.scope_id = c.id) AND (b.day IS NULL))))
     LEFT JOIN LATERAL ( SELECT review.decision,
            review.reason,
            review.findings,
            review.submitted_at,
            review.decided_at
           FROM ads.review
          WHERE (review.ad_id = ad.id)
          ORDER BY review.submitted_at DESC, review.id DESC
         LIMIT 1) r ON (true));

CREATE VIEW ads.review_item AS
 SELECT r.id,
    s.campaign_id,
    c.state AS campaign_state,
    b.business_id,
    b.name AS business_name,
    b.handle,
    b.owner_id,
    b.owner_name,
    b.country AS owner_country,
    b.owner_state,
    r.ad_id,
    r.creative_id,
    k.headline,
    k.text,
    k.image_url,
    k.button_title,
    k.button_url,
    k.payer,
    k.beneficiary,
    r.content_hash,
    r.findings,
    r.submitted_at,
    r.decision,
    r.reason,
    r.decided_at
   FROM (((((ads.review r
     JOIN ads.creative k ON ((k.id = r.creative_id)))
     JOIN ads.ad ON ((ad.id = r.ad_id)))
     JOIN ads.ad_set s ON ((s.id = ad.ad_set_id)))
     JOIN ads.campaign c ON ((c.id = s.campaign_id)))
     JOIN business.business_card b ON ((b.business_id = k.business_id)));

CREATE TABLE ads.round (
    id bigint NOT NULL,
    state text NOT NULL,
    cursor_home bigint DEFAULT 0 NOT NULL,
    until_home bigint,
    chunk_count integer DEFAULT 0 NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT round_check CHECK ((until_home > cursor_home)),
    CONSTRAINT round_id_check CHECK ((id > 0)),
    CONSTRAINT round_state_check CHECK ((state = ANY (ARRAY['running'::text, 'finished'::text])))
);

COMMENT ON COLUMN ads.round.cursor_home IS 'people up to this id have been decided on';

COMMENT ON COLUMN ads.round.until_home IS 'end of the chunk that is leased but not yet decided; null between chunks';

CREATE TABLE ads.round_price (
    round_id bigint NOT NULL,
    ad_set_id bigint NOT NULL,
    price_micros bigint NOT NULL,
    charge_micros bigint NOT NULL,
    CONSTRAINT round_price_charge_micros_check CHECK ((charge_micros > 0)),
    CONSTRAINT round_price_price_micros_check CHECK ((price_micros >= 0))
);

COMMENT ON COLUMN ads.round_price.price_micros IS 'the planner''s shadow price of the ad set''s nested budgets, per micro-unit scaled by 1e6';

COMMENT ON COLUMN ads.round_price.charge_micros IS 'what a seen message costs in this round; never above the bid';

CREATE TABLE ads.transfer (
    id bigint NOT NULL,
    ad_account_id bigint NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    actor_id bigint,
    at timestamp with time zone NOT NULL,
    CONSTRAINT transfer_id_check CHECK ((id > 0)),
    CONSTRAINT transfer_kind_check CHECK ((kind = ANY (ARRAY['fund'::text, 'refund'::text, 'hold'::text, 'post'::text, 'void'::text]))),
    CONSTRAINT transfer_reference_check CHECK (((char_length(reference) >= 1) AND (char_length(reference) <= 120)))
);

COMMENT ON COLUMN ads.transfer.reference IS 'what makes a retry find the first: chunk of a round, funding reference, batch of seen';

ALTER TABLE ONLY ads.ad_account
    ADD CONSTRAINT ad_account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ads.ad
    ADD CONSTRAINT ad_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ads.ad_set
    ADD CONSTRAINT ad_set_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ads.allowance
    ADD CONSTRAINT allowance_pkey PRIMARY KEY (round_id, from_home, ad_set_id);

ALTER TABLE ONLY ads.budget
    ADD CONSTRAINT budget_of_scope UNIQUE NULLS NOT DISTINCT (scope, scope_id, day);

ALTER TABLE ONLY ads.budget
    ADD CONSTRAINT budget_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ads.campaign
    ADD CONSTRAINT campaign_client_unique UNIQUE (business_id, client_id);

ALTER TABLE ONLY ads.campaign
    ADD CONSTRAINT campaign_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ads.creative
    ADD CONSTRAINT creative_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ads.delivery
    ADD CONSTRAINT delivery_key PRIMARY KEY (person_id, id);

ALTER TABLE ONLY ads.delivery
    ADD CONSTRAINT delivery_once_per_ad UNIQUE (person_id, ad_id);

ALTER TABLE ONLY ads.entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (transfer_id, ledger_account_id);

ALTER TABLE ONLY ads.ledger_account
    ADD CONSTRAINT ledger_account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ads.ledger_account
    ADD CONSTRAINT ledger_account_unique UNIQUE (ad_account_id, kind, currency);

ALTER TABLE ONLY ads.review
    ADD CONSTRAINT review_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ads.round
    ADD CONSTRAINT round_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ads.round_price
    ADD CONSTRAINT round_price_pkey PRIMARY KEY (round_id, ad_set_id);

ALTER TABLE ONLY ads.transfer
    ADD CONSTRAINT transfer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ads.transfer
    ADD CONSTRAINT transfer_reference_unique UNIQUE (ad_account_id, kind, reference);

CREATE UNIQUE INDEX ad_account_of_owner ON ads.ad_account USING btree (owner_id, currency);

CREATE INDEX ad_of_ad_set ON ads.ad USING btree (ad_set_id);

CREATE INDEX ad_set_of_campaign ON ads.ad_set USING btree (campaign_id);

CREATE INDEX allowance_open ON ads.allowance USING btree (ad_set_id) WHERE (settled_at IS NULL);

CREATE INDEX campaign_of_business ON ads.campaign USING btree (business_id, created_at DESC);

CREATE INDEX delivery_creative ON ads.delivery USING btree (person_id, creative_id, delivered_at);

CREATE INDEX delivery_held ON ads.delivery USING btree (deadline_at) WHERE (state = 'held'::text);

CREATE INDEX delivery_of_campaign ON ads.delivery USING btree (campaign_id, delivered_at);

CREATE INDEX delivery_thread ON ads.delivery USING btree (thread_id, "position");

CREATE INDEX delivery_unreturned ON ads.delivery USING btree (ad_set_id) WHERE ((state = 'void'::text) AND (returned_at IS NULL));

CREATE INDEX entry_of_ledger_account ON ads.entry USING btree (ledger_account_id);

CREATE INDEX review_of_ad ON ads.review USING btree (ad_id, submitted_at DESC);

CREATE UNIQUE INDEX review_open ON ads.review USING btree (ad_id) WHERE (decision IS NULL);

CREATE INDEX review_queue ON ads.review USING btree (submitted_at) WHERE (decision IS NULL);

CREATE UNIQUE INDEX round_running ON ads.round USING btree (state) WHERE (state = 'running'::text);

CREATE INDEX transfer_newest ON ads.transfer USING btree (ad_account_id, at DESC, id DESC);

CREATE TRIGGER creative_immutable BEFORE UPDATE ON ads.creative FOR EACH ROW EXECUTE FUNCTION ads.is_immutable();

CREATE TRIGGER entry_immutable BEFORE DELETE OR UPDATE ON ads.entry FOR EACH ROW EXECUTE FUNCTION ads.is_immutable();

CREATE CONSTRAINT TRIGGER transfer_balanced AFTER INSERT ON ads.entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ads.transfer_is_balanced();

CREATE CONSTRAINT TRIGGER transfer_has_entries AFTER INSERT ON ads.transfer DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ads.transfer_is_balanced();

CREATE TRIGGER transfer_immutable BEFORE DELETE OR UPDATE ON ads.transfer FOR EACH ROW EXECUTE FUNCTION ads.is_immutable();

ALTER TABLE ONLY ads.ad
    ADD CONSTRAINT ad_ad_set_id_fkey FOREIGN KEY (ad_set_id) REFERENCES ads.ad_set(id);

ALTER TABLE ONLY ads.ad
    ADD CONSTRAINT ad_creative_id_fkey FOREIGN KEY (creative_id) REFERENCES ads.creative(id);

ALTER TABLE ONLY ads.ad_set
    ADD CONSTRAINT ad_set_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES ads.campaign(id);

ALTER TABLE ONLY ads.allowance
    ADD CONSTRAINT allowance_ad_set_id_fkey FOREIGN KEY (ad_set_id) REFERENCES ads.ad_set(id);

ALTER TABLE ONLY ads.allowance
    ADD CONSTRAINT allowance_round_id_fkey FOREIGN KEY (round_id) REFERENCES ads.round(id);

ALTER TABLE ONLY ads.campaign
    ADD CONSTRAINT campaign_ad_account_id_fkey FOREIGN KEY (ad_account_id) REFERENCES ads.ad_account(id);

ALTER TABLE ONLY ads.delivery
    ADD CONSTRAINT delivery_ad_id_fkey FOREIGN KEY (ad_id) REFERENCES ads.ad(id);

ALTER TABLE ONLY ads.entry
    ADD CONSTRAINT entry_ledger_account_id_fkey FOREIGN KEY (ledger_account_id) REFERENCES ads.ledger_account(id);

ALTER TABLE ONLY ads.entry
    ADD CONSTRAINT entry_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES ads.transfer(id);

ALTER TABLE ONLY ads.ledger_account
    ADD CONSTRAINT ledger_account_ad_account_id_fkey FOREIGN KEY (ad_account_id) REFERENCES ads.ad_account(id);

ALTER TABLE ONLY ads.review
    ADD CONSTRAINT review_ad_id_fkey FOREIGN KEY (ad_id) REFERENCES ads.ad(id);

ALTER TABLE ONLY ads.review
    ADD CONSTRAINT review_creative_id_fkey FOREIGN KEY (creative_id) REFERENCES ads.creative(id);

ALTER TABLE ONLY ads.round_price
    ADD CONSTRAINT round_price_ad_set_id_fkey FOREIGN KEY (ad_set_id) REFERENCES ads.ad_set(id);

ALTER TABLE ONLY ads.round_price
    ADD CONSTRAINT round_price_round_id_fkey FOREIGN KEY (round_id) REFERENCES ads.round(id);

ALTER TABLE ONLY ads.transfer
    ADD CONSTRAINT transfer_ad_account_id_fkey FOREIGN KEY (ad_account_id) REFERENCES ads.ad_account(id);
