SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.ad_contact (
    phone bigint NOT NULL,
    times timestamp with time zone[] NOT NULL
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.answer (
    key text NOT NULL,
    fingerprint character varying NOT NULL,
    began_at timestamp with time zone NOT NULL,
    document jsonb
);
CREATE TABLE public.api_key (
    id uuid NOT NULL,
    name character varying NOT NULL,
    hash character varying(64) NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone
);
CREATE TABLE public.attempt (
    batch_id uuid NOT NULL,
    number integer NOT NULL,
    request_id character varying NOT NULL,
    began_at timestamp with time zone NOT NULL,
    deadline timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    outcome character varying(20),
    code character varying NOT NULL,
    words text NOT NULL,
    raw text NOT NULL
);
CREATE TABLE public.balance_reading (
    provider character varying NOT NULL,
    at timestamp with time zone NOT NULL,
    amount numeric(18,2) NOT NULL,
    unit character varying NOT NULL
);
CREATE TABLE public.batch (
    id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    seq integer NOT NULL,
    size integer NOT NULL,
    text text NOT NULL,
    state character varying(20) NOT NULL,
    not_before timestamp with time zone NOT NULL,
    rung_at timestamp with time zone,
    attempts integer NOT NULL,
    refusals integer NOT NULL,
    claimed_at timestamp with time zone,
    lease_until timestamp with time zone,
    provider_ref character varying NOT NULL,
    code character varying NOT NULL,
    words text NOT NULL,
    answered_at timestamp with time zone,
    next_poll_at timestamp with time zone,
    polls integer NOT NULL,
    delivered integer NOT NULL,
    failed integer NOT NULL,
    suppressed integer NOT NULL,
    cost numeric(16,2),
    placement integer,
    accepted integer NOT NULL,
    rejected integer NOT NULL,
    unknown integer NOT NULL,
    cancelled integer NOT NULL,
    look_at timestamp with time zone,
    looks integer NOT NULL,
    held boolean NOT NULL
);
CREATE TABLE public.callback (
    id uuid NOT NULL,
    provider character varying NOT NULL,
    received_at timestamp with time zone NOT NULL,
    query bytea NOT NULL,
    body bytea NOT NULL,
    due_at timestamp with time zone NOT NULL,
    tries integer NOT NULL,
    handled_at timestamp with time zone,
    verdict text NOT NULL
);
CREATE TABLE public.campaign (
    id uuid NOT NULL,
    name character varying NOT NULL,
    provider character varying NOT NULL,
    kind character varying NOT NULL,
    sender character varying NOT NULL,
    text text NOT NULL,
    status character varying(20) NOT NULL,
    status_reason text NOT NULL,
    key character varying,
    fingerprint character varying NOT NULL,
    list_name character varying NOT NULL,
    created_at timestamp with time zone NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    resumed_at timestamp with time zone,
    rows integer NOT NULL,
    valid integer NOT NULL,
    duplicates integer NOT NULL,
    invalid integer NOT NULL,
    suppressed integer NOT NULL,
    converted integer NOT NULL,
    parts integer NOT NULL,
    parts_total bigint NOT NULL,
    cost_estimate numeric(16,2),
    way character varying(20) NOT NULL
);
CREATE TABLE public.difference (
    id bigint NOT NULL,
    run_id uuid NOT NULL,
    kind character varying(20) NOT NULL,
    campaign_id uuid,
    batch_id uuid,
    message_id uuid,
    phone bigint,
    ref text NOT NULL,
    numbers integer NOT NULL,
    ours text NOT NULL,
    theirs text NOT NULL,
    money numeric(16,2)
);
ALTER TABLE public.difference ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.difference_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.draft (
    campaign_id uuid NOT NULL,
    path text NOT NULL,
    uploaded boolean NOT NULL,
    at character varying,
    rung_at timestamp with time zone NOT NULL,
    tries integer NOT NULL
);
CREATE TABLE public.due_job (
    name character varying NOT NULL,
    hour character varying NOT NULL,
    due_at timestamp with time zone NOT NULL,
    lease_until timestamp with time zone,
    ended_at timestamp with time zone
);
CREATE TABLE public.message (
    id uuid NOT NULL,
    phone bigint NOT NULL,
    sealed bytea,
    sender character varying NOT NULL,
    route text[] NOT NULL,
    ahead text[] NOT NULL,
    key character varying,
    fingerprint character varying NOT NULL,
    state character varying(20) NOT NULL,
    queued_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    not_before timestamp with time zone NOT NULL,
    rung_at timestamp with time zone,
    attempts integer NOT NULL,
    refusals integer NOT NULL,
    lease_until timestamp with time zone,
    provider character varying NOT NULL,
    provider_ref character varying NOT NULL,
    code character varying NOT NULL,
    words text NOT NULL,
    sent_at timestamp with time zone,
    settled_at timestamp with time zone,
    CONSTRAINT ck_message_ck_message_wiped CHECK (((sealed IS NULL) = ((state)::text <> ALL ((ARRAY['queued'::character varying, 'sending'::character varying])::text[]))))
);
CREATE TABLE public.message_attempt (
    message_id uuid NOT NULL,
    number integer NOT NULL,
    provider character varying NOT NULL,
    request_id character varying NOT NULL,
    began_at timestamp with time zone NOT NULL,
    deadline timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    outcome character varying(20),
    code character varying NOT NULL,
    words text NOT NULL,
    raw text NOT NULL
);
CREATE TABLE public.placement (
    campaign_id uuid NOT NULL,
    number integer NOT NULL,
    name character varying NOT NULL,
    text text NOT NULL,
    quota integer NOT NULL,
    due timestamp with time zone NOT NULL,
    push_by timestamp with time zone NOT NULL,
    state character varying(20) NOT NULL,
    ref character varying NOT NULL,
    attempts integer NOT NULL,
    remaining integer,
    pushing uuid,
    lease_until timestamp with time zone,
    code character varying NOT NULL,
    words text NOT NULL,
    cancel_words text NOT NULL,
    cancelled_at timestamp with time zone
);
CREATE TABLE public.recipient (
    campaign_id uuid NOT NULL,
    phone bigint NOT NULL,
    "row" integer NOT NULL,
    batch_seq integer NOT NULL,
    converted boolean NOT NULL,
    vars jsonb,
    state character varying(20),
    reason text,
    ref text,
    code text,
    refusals smallint
);
CREATE TABLE public.reconciliation (
    id uuid NOT NULL,
    provider character varying NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    state character varying(20) NOT NULL,
    words text NOT NULL,
    ours integer NOT NULL,
    theirs integer NOT NULL,
    counts jsonb NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone
);
CREATE UNLOGGED TABLE public.record_row (
    run_id uuid NOT NULL,
    ref text NOT NULL,
    phone bigint NOT NULL,
    state character varying(20) NOT NULL,
    cost numeric(16,2),
    parts smallint NOT NULL,
    batch_id uuid,
    message_id uuid
);
CREATE TABLE public.refused_row (
    campaign_id uuid NOT NULL,
    "row" integer NOT NULL,
    value text NOT NULL,
    reason character varying NOT NULL
);
CREATE TABLE public.suppression (
    phone bigint NOT NULL,
    reason text NOT NULL,
    source text NOT NULL,
    added_at timestamp with time zone NOT NULL
);
CREATE TABLE public.totals_reading (
    provider character varying NOT NULL,
    at timestamp with time zone NOT NULL,
    ok integer NOT NULL,
    failed integer NOT NULL,
    waiting integer NOT NULL
);
INSERT INTO public.ad_contact VALUES (84900000060, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000061, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000062, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000063, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000064, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000070, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000071, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000072, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000073, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000074, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000080, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000081, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000082, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000083, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000084, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000085, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000086, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000087, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000088, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000089, '{"2026-11-30 02:10:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000065, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000066, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000067, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000068, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000069, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000075, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000076, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000077, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000078, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000079, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000090, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000091, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000092, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000093, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000094, '{"2026-11-30 02:20:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000120, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000121, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000122, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000123, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000124, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000125, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000126, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000127, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000128, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000129, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000130, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000131, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000132, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000133, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000134, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000135, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000136, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000137, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000138, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000139, '{"2026-11-30 02:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000270, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000271, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000272, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000273, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000274, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000275, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000276, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000277, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000278, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000279, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000280, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000281, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000282, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000283, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000284, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000285, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000286, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000287, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000288, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000289, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000290, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000291, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000292, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000293, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000294, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000295, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000296, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000297, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000298, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000299, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000300, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000301, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000302, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000303, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000304, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000305, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000306, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000307, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000308, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000309, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000310, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000311, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000312, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000313, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000314, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000315, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000316, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000317, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000318, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000319, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000320, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000321, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000322, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000323, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000324, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000325, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000326, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000327, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000328, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000329, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000330, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000331, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000332, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000333, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000334, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000335, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000336, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000337, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000338, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000339, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000340, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000341, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000342, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000343, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000344, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000345, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000346, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000347, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000348, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000349, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000350, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000351, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000352, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000353, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000354, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000355, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000356, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000357, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000358, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000359, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000360, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000361, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000362, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000363, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000364, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000365, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000366, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000367, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000368, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000369, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000370, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000371, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000372, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000373, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000374, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000375, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000376, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000377, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000378, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000379, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000380, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000381, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000382, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000383, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000384, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000385, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000386, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000387, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000388, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000389, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000390, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000391, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000392, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000393, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000394, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000395, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000396, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000397, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000398, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000399, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000400, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000401, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000402, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000403, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000404, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000405, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000406, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000407, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000408, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000409, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000410, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000411, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000412, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000413, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000414, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000415, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000416, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000417, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000418, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.ad_contact VALUES (84900000419, '{"2026-11-30 06:30:00+00"}');
INSERT INTO public.alembic_version VALUES ('0008');
INSERT INTO public.attempt VALUES ('4c72acce-dcc0-4a9b-a21a-a98d1253e1fc', 1, '4c72acce-dcc0-4a9b-a21a-a98d1253e1fc-0', '2026-11-30 02:00:00+00', '2026-11-30 02:00:06.009+00', '2026-11-30 02:00:00+00', 'accepted', '', 'the connection ended before a whole answer (RemoteProtocolError)', '');
INSERT INTO public.attempt VALUES ('beccf7b9-88e8-4b22-9e58-092b5909ada0', 1, 'beccf7b9-88e8-4b22-9e58-092b5909ada0-0', '2026-11-30 02:10:00+00', '2026-11-30 02:10:06.009+00', '2026-11-30 02:10:00+00', 'retry', '', 'HTTP 429: not now', '');
INSERT INTO public.attempt VALUES ('a1021a51-93bc-4c4e-97c9-7c39b4df61aa', 1, 'a1021a51-93bc-4c4e-97c9-7c39b4df61aa-0', '2026-11-30 02:10:00+00', '2026-11-30 02:10:06+00', '2026-11-30 02:10:00+00', 'accepted', '100', 'Request đã được nhận và xử lý thành công', '{"CodeResult":"100","CountRegenerate":0,"SMSID":"a7a5b805-63a6-4e13-9271-f14a07726de8131"}');
INSERT INTO public.attempt VALUES ('691caa58-fc35-4ac3-9157-42cfb00f48e3', 1, '691caa58-fc35-4ac3-9157-42cfb00f48e3-0', '2026-11-30 02:10:00+00', '2026-11-30 02:10:06+00', '2026-11-30 02:10:00+00', 'unknown', '', 'the connection ended before a whole answer (RemoteProtocolError)', '');
INSERT INTO public.attempt VALUES ('775707b7-7272-448c-9f18-7ec750bfff60', 1, '775707b7-7272-448c-9f18-7ec750bfff60-0', '2026-11-30 02:10:00+00', '2026-11-30 02:10:06+00', '2026-11-30 02:10:00+00', 'accepted', '100', 'Request đã được nhận và xử lý thành công', '{"CodeResult":"100","CountRegenerate":0,"SMSID":"73f8647e-6282-4c97-b14f-6f14f49a82df543"}');
INSERT INTO public.attempt VALUES ('e24b7382-c7f3-45f8-8478-8dfe9751cf50', 1, 'e24b7382-c7f3-45f8-8478-8dfe9751cf50-0', '2026-11-30 02:10:00+00', '2026-11-30 02:10:06+00', '2026-11-30 02:10:00+00', 'unknown', '', 'the connection ended before a whole answer (RemoteProtocolError)', '');
INSERT INTO public.attempt VALUES ('6ecc95ce-9e40-42af-bba2-e5411a6efcc5', 1, '6ecc95ce-9e40-42af-bba2-e5411a6efcc5-0', '2026-11-30 02:10:00+00', '2026-11-30 02:10:06+00', '2026-11-30 02:10:00+00', 'accepted', '100', 'Request đã được nhận và xử lý thành công', '{"CodeResult":"100","CountRegenerate":0,"SMSID":"00ff75a2-cd7e-4da9-b61d-a5624e6b609c271"}');
INSERT INTO public.attempt VALUES ('ecb2c6d5-aa51-4d95-95ad-314b3f09f41f', 1, 'ecb2c6d5-aa51-4d95-95ad-314b3f09f41f-0', '2026-11-30 02:10:00+00', '2026-11-30 02:10:06+00', '2026-11-30 02:10:00+00', 'accepted', '100', 'Request đã được nhận và xử lý thành công', '{"CodeResult":"100","CountRegenerate":0,"SMSID":"825e3580-ed5e-4635-95c8-f26e03c20ac0657"}');
INSERT INTO public.attempt VALUES ('691caa58-fc35-4ac3-9157-42cfb00f48e3', 2, '691caa58-fc35-4ac3-9157-42cfb00f48e3-0', '2026-11-30 02:20:00+00', '2026-11-30 02:20:06+00', '2026-11-30 02:20:00+00', 'unknown', '124', 'Request exist 1', '{"CodeResult":"124","CountRegenerate":0,"ErrorMessage":"Request exist 1"}');
INSERT INTO public.attempt VALUES ('e24b7382-c7f3-45f8-8478-8dfe9751cf50', 2, 'e24b7382-c7f3-45f8-8478-8dfe9751cf50-0', '2026-11-30 02:20:00+00', '2026-11-30 02:20:06+00', '2026-11-30 02:20:00+00', 'accepted', '100', 'Request đã được nhận và xử lý thành công', '{"CodeResult":"100","CountRegenerate":0,"SMSID":"9021d655-69a7-4a19-82f2-028fc4c4d417246"}');
INSERT INTO public.attempt VALUES ('27a5fcaa-4351-4f17-b4ac-79c6bc345f89', 1, '27a5fcaa-4351-4f17-b4ac-79c6bc345f89-0', '2026-11-30 02:20:00+00', '2026-11-30 02:20:06+00', '2026-11-30 02:20:00+00', 'accepted', '100', 'Request đã được nhận và xử lý thành công', '{"CodeResult":"100","CountRegenerate":0,"SMSID":"791a9394-dd4c-4684-a86d-d417fc975fa0459"}');
INSERT INTO public.attempt VALUES ('e18c4a0a-e722-45e1-abfa-a6482c6553b3', 1, 'e18c4a0a-e722-45e1-abfa-a6482c6553b3-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06+00', '2026-11-30 02:30:00+00', 'accepted', '100', 'Request đã được nhận và xử lý thành công', '{"CodeResult":"100","CountRegenerate":0,"SMSID":"fc0179ad-bbef-40c7-bedd-95840c2cb41e598"}');
INSERT INTO public.attempt VALUES ('1fe129f9-76be-4f55-858e-0260f64c70b0', 1, '1fe129f9-76be-4f55-858e-0260f64c70b0-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06+00', '2026-11-30 02:30:00+00', 'accepted', '100', 'Request đã được nhận và xử lý thành công', '{"CodeResult":"100","CountRegenerate":0,"SMSID":"5e19513c-d8a1-44c7-9afd-64651b270140634"}');
INSERT INTO public.attempt VALUES ('31682909-dd9a-47a7-919b-a27c2ac66b1e', 1, '31682909-dd9a-47a7-919b-a27c2ac66b1e-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06+00', NULL, NULL, '', '', '');
INSERT INTO public.attempt VALUES ('4816071a-f83e-4441-865a-10317acc0115', 1, '4816071a-f83e-4441-865a-10317acc0115-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06+00', NULL, NULL, '', '', '');
INSERT INTO public.attempt VALUES ('13b43202-96e5-430d-915f-1f354b96d850', 1, '13b43202-96e5-430d-915f-1f354b96d850-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06.018+00', NULL, NULL, '', '', '');
INSERT INTO public.attempt VALUES ('18b2b146-1a48-4f8e-be31-3c7c1562b26c', 1, '18b2b146-1a48-4f8e-be31-3c7c1562b26c-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06.018+00', NULL, NULL, '', '', '');
INSERT INTO public.attempt VALUES ('629fd68f-ac58-4ca8-bfc1-90b8d419a692', 1, '629fd68f-ac58-4ca8-bfc1-90b8d419a692-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06.009+00', NULL, NULL, '', '', '');
INSERT INTO public.attempt VALUES ('faf386b9-ecb1-4e8c-b67f-92cca306264c', 1, 'faf386b9-ecb1-4e8c-b67f-92cca306264c-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06+00', '2026-11-30 02:30:00+00', 'accepted', '', 'BatchId qc.1796005800.1371592', '{"BatchId":"qc.1796005800.1371592","NumMessageSent":8,"NumRemainQuota":52}');
INSERT INTO public.attempt VALUES ('002d76fa-52b8-47ad-ab6c-45d9ab875b0a', 1, '002d76fa-52b8-47ad-ab6c-45d9ab875b0a-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06+00', NULL, NULL, '', '', '');
INSERT INTO public.attempt VALUES ('e67b4e4e-17ca-4004-8fa0-0cdb11b84519', 1, 'e67b4e4e-17ca-4004-8fa0-0cdb11b84519-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06+00', '2026-11-30 02:30:00+00', 'accepted', '', 'BatchId qc.1796005800.1454251', '{"BatchId":"qc.1796005800.1454251","NumMessageSent":8,"NumRemainQuota":52}');
INSERT INTO public.attempt VALUES ('7fb90648-c96a-47b0-a111-2e0f21e953bd', 1, '7fb90648-c96a-47b0-a111-2e0f21e953bd-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06+00', NULL, NULL, '', '', '');
INSERT INTO public.batch VALUES ('4c72acce-dcc0-4a9b-a21a-a98d1253e1fc', '4208a253-c614-4940-b34d-1e8d14f65e63', 1, 30, 'Don hang da gui', 'planned', '2026-11-30 02:10:00+00', NULL, 1, 0, '2026-11-30 02:00:00+00', NULL, '', '', 'the connection ended before a whole answer (RemoteProtocolError)', '2026-11-30 02:00:00+00', '2026-11-30 02:10:10+00', 0, 0, 0, 0, NULL, NULL, 26, 0, 0, 0, NULL, 1, false);
INSERT INTO public.batch VALUES ('beccf7b9-88e8-4b22-9e58-092b5909ada0', '12f8c3ff-9232-4df2-9e6d-fdc756af6116', 1, 30, 'Don hang da gui', 'planned', '2026-11-30 02:10:01+00', NULL, 1, 1, '2026-11-30 02:10:00+00', NULL, '', '', '', '2026-11-30 02:10:00+00', '2026-11-30 02:10:10+00', 0, 0, 0, 0, NULL, NULL, 7, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('691caa58-fc35-4ac3-9157-42cfb00f48e3', '37a954a3-6701-43fb-b017-fc9ed6261146', 2, 5, '[QC] Giam gia 20%', 'unknown', '2026-11-30 02:20:00+00', NULL, 2, 0, '2026-11-30 02:20:00+00', NULL, '', '124', 'it does not stand in the provider''s record, and yet eSMS says that it had this RequestId before: a person has to say what became of it', '2026-11-30 02:20:00+00', NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, '2026-11-30 02:50:00+00', 2, true);
INSERT INTO public.batch VALUES ('026b1939-5325-41bb-96b2-5aad3542c185', '37a954a3-6701-43fb-b017-fc9ed6261146', 8, 5, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:10:00+00', '2026-11-30 02:20:00+00', 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('e33ebd76-e2ab-44e1-86bb-3e14156580ec', '37a954a3-6701-43fb-b017-fc9ed6261146', 9, 5, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:10:00+00', '2026-11-30 02:20:00+00', 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('e397e0c5-e782-4491-8e73-7f1da3906cbd', '37a954a3-6701-43fb-b017-fc9ed6261146', 10, 5, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:10:00+00', '2026-11-30 02:20:00+00', 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('421977e5-f6c3-4b17-8270-5d58a3193cbe', '37a954a3-6701-43fb-b017-fc9ed6261146', 11, 5, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:10:00+00', '2026-11-30 02:20:00+00', 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('40a60050-3d30-45aa-8f63-d385b27a577d', '37a954a3-6701-43fb-b017-fc9ed6261146', 12, 5, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:10:00+00', '2026-11-30 02:20:00+00', 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('a1021a51-93bc-4c4e-97c9-7c39b4df61aa', '37a954a3-6701-43fb-b017-fc9ed6261146', 1, 5, '[QC] Giam gia 20%', 'reported', '2026-11-30 02:10:00+00', NULL, 1, 0, '2026-11-30 02:10:00+00', NULL, 'a7a5b805-63a6-4e13-9271-f14a07726de8131', '100', 'Request đã được nhận và xử lý thành công', '2026-11-30 02:10:00+00', NULL, 1, 5, 0, 0, 1725.00, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('e24b7382-c7f3-45f8-8478-8dfe9751cf50', '37a954a3-6701-43fb-b017-fc9ed6261146', 4, 5, '[QC] Giam gia 20%', 'reported', '2026-11-30 02:20:00+00', NULL, 2, 0, '2026-11-30 02:20:00+00', NULL, '9021d655-69a7-4a19-82f2-028fc4c4d417246', '100', 'Request đã được nhận và xử lý thành công', '2026-11-30 02:20:00+00', NULL, 1, 5, 0, 0, 1725.00, NULL, 0, 0, 0, 0, NULL, 1, false);
INSERT INTO public.batch VALUES ('e18c4a0a-e722-45e1-abfa-a6482c6553b3', 'a130d32b-567d-490b-abcc-e8206c88f604', 1, 5, '[QC] Giam gia 20%', 'accepted', '2026-11-30 02:30:00+00', NULL, 1, 0, '2026-11-30 02:30:00+00', NULL, 'fc0179ad-bbef-40c7-bedd-95840c2cb41e598', '100', 'Request đã được nhận và xử lý thành công', '2026-11-30 02:30:00+00', '2026-11-30 02:30:10+00', 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('775707b7-7272-448c-9f18-7ec750bfff60', '37a954a3-6701-43fb-b017-fc9ed6261146', 3, 5, '[QC] Giam gia 20%', 'reported', '2026-11-30 02:10:00+00', NULL, 1, 0, '2026-11-30 02:10:00+00', NULL, '73f8647e-6282-4c97-b14f-6f14f49a82df543', '100', 'Request đã được nhận và xử lý thành công', '2026-11-30 02:10:00+00', NULL, 1, 5, 0, 0, 1725.00, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('27a5fcaa-4351-4f17-b4ac-79c6bc345f89', '37a954a3-6701-43fb-b017-fc9ed6261146', 7, 5, '[QC] Giam gia 20%', 'reported', '2026-11-30 02:10:00+00', NULL, 1, 0, '2026-11-30 02:20:00+00', NULL, '791a9394-dd4c-4684-a86d-d417fc975fa0459', '100', 'Request đã được nhận và xử lý thành công', '2026-11-30 02:20:00+00', NULL, 1, 5, 0, 0, 1725.00, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('6ecc95ce-9e40-42af-bba2-e5411a6efcc5', '37a954a3-6701-43fb-b017-fc9ed6261146', 5, 5, '[QC] Giam gia 20%', 'reported', '2026-11-30 02:10:00+00', NULL, 1, 0, '2026-11-30 02:10:00+00', NULL, '00ff75a2-cd7e-4da9-b61d-a5624e6b609c271', '100', 'Request đã được nhận và xử lý thành công', '2026-11-30 02:10:00+00', NULL, 1, 5, 0, 0, 1725.00, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('ecb2c6d5-aa51-4d95-95ad-314b3f09f41f', '37a954a3-6701-43fb-b017-fc9ed6261146', 6, 5, '[QC] Giam gia 20%', 'reported', '2026-11-30 02:10:00+00', NULL, 1, 0, '2026-11-30 02:10:00+00', NULL, '825e3580-ed5e-4635-95c8-f26e03c20ac0657', '100', 'Request đã được nhận và xử lý thành công', '2026-11-30 02:10:00+00', NULL, 1, 5, 0, 0, 1725.00, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('1fe129f9-76be-4f55-858e-0260f64c70b0', 'a130d32b-567d-490b-abcc-e8206c88f604', 2, 5, '[QC] Giam gia 20%', 'accepted', '2026-11-30 02:30:00+00', NULL, 1, 0, '2026-11-30 02:30:00+00', NULL, '5e19513c-d8a1-44c7-9afd-64651b270140634', '100', 'Request đã được nhận và xử lý thành công', '2026-11-30 02:30:00+00', '2026-11-30 02:30:10+00', 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('0c6cace2-fb8e-49c7-9c20-94a3e969e40f', 'a130d32b-567d-490b-abcc-e8206c88f604', 5, 5, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('7efb1f20-bbaa-4431-98a5-6b03e3da6685', 'a130d32b-567d-490b-abcc-e8206c88f604', 6, 5, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('25ba814a-3171-4279-87b9-e145634f57b3', 'a130d32b-567d-490b-abcc-e8206c88f604', 7, 5, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('31682909-dd9a-47a7-919b-a27c2ac66b1e', 'a130d32b-567d-490b-abcc-e8206c88f604', 3, 5, '[QC] Giam gia 20%', 'sending', '2026-11-30 02:30:00+00', NULL, 1, 0, '2026-11-30 02:30:00+00', '2026-11-30 02:30:30+00', '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('4816071a-f83e-4441-865a-10317acc0115', 'a130d32b-567d-490b-abcc-e8206c88f604', 4, 5, '[QC] Giam gia 20%', 'sending', '2026-11-30 02:30:00+00', NULL, 1, 0, '2026-11-30 02:30:00+00', '2026-11-30 02:30:30+00', '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('f83993d5-c756-432f-a723-dacd90874558', 'a130d32b-567d-490b-abcc-e8206c88f604', 8, 5, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('9efe01b8-7675-4d7f-ba77-6903e129cc1c', '4be33793-9946-4570-9e0c-3e667b304ecb', 1, 8, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('13b43202-96e5-430d-915f-1f354b96d850', '577606b4-2414-4bf2-b256-c1a6af69dffb', 1, 40, 'Don hang da gui', 'sending', '2026-11-30 02:30:00+00', NULL, 1, 0, '2026-11-30 02:30:00+00', '2026-11-30 02:30:30+00', '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('18b2b146-1a48-4f8e-be31-3c7c1562b26c', '9a3e7272-b251-4b9c-8e0d-71906a7f4783', 1, 40, 'Don hang da gui', 'sending', '2026-11-30 02:30:00+00', NULL, 1, 0, '2026-11-30 02:30:00+00', '2026-11-30 02:30:30+00', '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('629fd68f-ac58-4ca8-bfc1-90b8d419a692', 'b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 1, 30, 'Don hang da gui', 'sending', '2026-11-30 02:30:00+00', NULL, 1, 0, '2026-11-30 02:30:00+00', '2026-11-30 02:30:30+00', '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('9e6108d6-82ee-4d66-9a76-db827512fe2e', '3fe95cd0-7b8f-4ad8-b96a-75174db13949', 3, 8, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('f93a963c-2912-4677-94a5-4c44423fc5ad', '3fe95cd0-7b8f-4ad8-b96a-75174db13949', 4, 7, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('9d8bd8b8-4776-42bf-894e-de4d3fb14444', '3fe95cd0-7b8f-4ad8-b96a-75174db13949', 5, 8, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('a01a4a9b-65bc-4d69-b0c5-ced8f9f688c4', '3fe95cd0-7b8f-4ad8-b96a-75174db13949', 6, 7, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('e2e37e28-50d9-4b1f-84a3-32ae6a5b319b', '3fe95cd0-7b8f-4ad8-b96a-75174db13949', 7, 8, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('e7180071-9b0c-40e8-88fa-5bf63ecb7e0d', '3fe95cd0-7b8f-4ad8-b96a-75174db13949', 8, 7, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('faf386b9-ecb1-4e8c-b67f-92cca306264c', '3fe95cd0-7b8f-4ad8-b96a-75174db13949', 1, 8, '[QC] Giam gia 20%', 'accepted', '2026-11-30 02:30:00+00', NULL, 1, 0, '2026-11-30 02:30:00+00', NULL, 'qc.1796005800.1371592', '', 'BatchId qc.1796005800.1371592', '2026-11-30 02:30:00+00', NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('002d76fa-52b8-47ad-ab6c-45d9ab875b0a', '3fe95cd0-7b8f-4ad8-b96a-75174db13949', 2, 7, '[QC] Giam gia 20%', 'sending', '2026-11-30 02:30:00+00', NULL, 1, 0, '2026-11-30 02:30:00+00', '2026-11-30 02:30:30+00', '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('91b5f453-7d70-4551-9bb6-c07e9a18f52c', 'b2a9837c-bb4c-4fb3-82b8-0500236307ea', 3, 8, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('e842a7a9-e418-4375-97cf-3914a3c549d2', 'b2a9837c-bb4c-4fb3-82b8-0500236307ea', 4, 7, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('5f37c165-910e-45f8-a410-c97fdffbcee3', 'b2a9837c-bb4c-4fb3-82b8-0500236307ea', 5, 8, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('8864b64b-2822-49c5-b96e-96c128da5a0f', 'b2a9837c-bb4c-4fb3-82b8-0500236307ea', 6, 7, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('ad56b3e8-0143-4c8f-9cad-c83697ef7479', 'b2a9837c-bb4c-4fb3-82b8-0500236307ea', 7, 8, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('6b2642a9-03c1-4839-b8a9-e276c74294d9', 'b2a9837c-bb4c-4fb3-82b8-0500236307ea', 8, 7, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('e67b4e4e-17ca-4004-8fa0-0cdb11b84519', 'b2a9837c-bb4c-4fb3-82b8-0500236307ea', 1, 8, '[QC] Giam gia 20%', 'accepted', '2026-11-30 02:30:00+00', NULL, 1, 0, '2026-11-30 02:30:00+00', NULL, 'qc.1796005800.1454251', '', 'BatchId qc.1796005800.1454251', '2026-11-30 02:30:00+00', NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('7fb90648-c96a-47b0-a111-2e0f21e953bd', 'b2a9837c-bb4c-4fb3-82b8-0500236307ea', 2, 7, '[QC] Giam gia 20%', 'sending', '2026-11-30 02:30:00+00', NULL, 1, 0, '2026-11-30 02:30:00+00', '2026-11-30 02:30:30+00', '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('9a276d64-ee62-463c-811a-d9b146de5e4c', '4be33793-9946-4570-9e0c-3e667b304ecb', 2, 7, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('5174eaee-0b58-4b79-83d8-57acf445e22f', '4be33793-9946-4570-9e0c-3e667b304ecb', 3, 8, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.batch VALUES ('bb1fc858-4eda-4316-aa92-d052be4ed27d', '4be33793-9946-4570-9e0c-3e667b304ecb', 4, 7, '[QC] Giam gia 20%', 'planned', '2026-11-30 02:30:00+00', NULL, 0, 0, NULL, NULL, '', '', '', NULL, NULL, 0, 0, 0, 0, NULL, 1, 0, 0, 0, 0, NULL, 0, false);
INSERT INTO public.campaign VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 'absent', 'esms', 'care', 'LOA', 'Don hang da gui', 'paused', 'paused by an operator', NULL, '', 'absent.csv', '2026-11-30 02:00:00+00', '2026-11-30 02:00:00+00', '2026-11-30 02:00:00+00', NULL, NULL, 30, 30, 0, 0, 0, 0, 1, 30, 10350.00, 'single');
INSERT INTO public.campaign VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 'turned away', 'esms', 'care', 'LOA', 'Don hang da gui', 'paused', 'paused by an operator', NULL, '', 'turned away.csv', '2026-11-30 02:10:00+00', '2026-11-30 02:10:00+00', '2026-11-30 02:10:00+00', NULL, NULL, 30, 30, 0, 0, 0, 0, 1, 30, 10350.00, 'single');
INSERT INTO public.campaign VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 'lost orders', 'esms', 'ads', 'LOA', '[QC] Giam gia 20%', 'paused', 'paused by an operator', NULL, '', 'lost orders.csv', '2026-11-30 02:10:00+00', '2026-11-30 02:10:00+00', '2026-11-30 02:10:00+00', NULL, NULL, 60, 60, 0, 0, 0, 0, 1, 60, 20700.00, 'list');
INSERT INTO public.campaign VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 'killed list', 'esms', 'ads', 'LOA', '[QC] Giam gia 20%', 'sending', '', NULL, '', 'killed list.csv', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', NULL, NULL, 40, 40, 0, 0, 0, 0, 1, 40, 13800.00, 'list');
INSERT INTO public.campaign VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 'killed single, marked', 'esms', 'care', 'LOA', 'Don hang da gui', 'sending', '', NULL, '', 'killed single, marked.csv', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', NULL, NULL, 40, 40, 0, 0, 0, 0, 1, 40, 13800.00, 'single');
INSERT INTO public.campaign VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 'killed single, unwritten', 'esms', 'care', 'LOA', 'Don hang da gui', 'sending', '', NULL, '', 'killed single, unwritten.csv', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', NULL, NULL, 40, 40, 0, 0, 0, 0, 1, 40, 13800.00, 'single');
INSERT INTO public.campaign VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 'killed keyless', 'fibo', 'care', 'LOA', 'Don hang da gui', 'sending', '', NULL, '', 'killed keyless.csv', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', NULL, NULL, 30, 30, 0, 0, 0, 0, 1, 30, 10350.00, 'single');
INSERT INTO public.campaign VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 'killed push, claimed', 'fpt', 'ads', 'LOA', '[QC] Giam gia 20%', 'sending', '', NULL, '', 'killed push, claimed.csv', '2026-11-30 02:30:00+00', '2026-11-30 06:30:00+00', '2026-11-30 02:30:00+00', NULL, NULL, 60, 60, 0, 0, 0, 0, 1, 60, 20700.00, 'push');
INSERT INTO public.campaign VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 'killed push, unwritten', 'fpt', 'ads', 'LOA', '[QC] Giam gia 20%', 'sending', '', NULL, '', 'killed push, unwritten.csv', '2026-11-30 02:30:00+00', '2026-11-30 06:30:00+00', '2026-11-30 02:30:00+00', NULL, NULL, 60, 60, 0, 0, 0, 0, 1, 60, 20700.00, 'push');
INSERT INTO public.campaign VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 'killed creation', 'fpt', 'ads', 'LOA', '[QC] Giam gia 20%', 'sending', '', NULL, '', 'killed creation.csv', '2026-11-30 02:30:00+00', '2026-11-30 06:30:00+00', '2026-11-30 02:30:00+00', NULL, NULL, 30, 30, 0, 0, 0, 0, 1, 30, 10350.00, 'push');
INSERT INTO public.message VALUES ('72ddc06c-cc48-4884-8fc2-51ed1d0d2b57', 84999000002, '\x01537a8d6e3ea78797f94dc224e2dfbeb2af28ffa7f1e206eb5e6f4b0e83546c8f6e445a7d', 'LOA', '{esms}', '{esms}', NULL, '', 'queued', '2026-11-30 02:30:00+00', '2026-11-30 02:32:00+00', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', 0, 0, NULL, '', '', '', '', NULL, NULL);
INSERT INTO public.message VALUES ('e41d0eff-1da3-4262-a23c-0e37c5d81393', 84999000000, NULL, 'LOA', '{esms}', '{esms}', NULL, '', 'accepted', '2026-11-30 02:30:00+00', '2026-11-30 02:32:00+00', '2026-11-30 02:30:00+00', NULL, 1, 0, NULL, 'esms', 'cef8cd10-d594-49e3-843c-438f0c111aa3676', '100', 'Request đã được nhận và xử lý thành công', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00');
INSERT INTO public.message VALUES ('5abfe42e-c48b-46fd-8cfb-835fb5eff8b6', 84999000001, '\x01ecd3aced6de2f802ebabf6f02f1e54cbef66e3acd3a3179eaf91baa0ac99b260cba5d84e', 'LOA', '{esms}', '{esms}', NULL, '', 'sending', '2026-11-30 02:30:00+00', '2026-11-30 02:32:00+00', '2026-11-30 02:30:00+00', '2026-11-30 02:30:00+00', 1, 0, '2026-11-30 02:30:11+00', 'esms', '', '', '', NULL, NULL);
INSERT INTO public.message_attempt VALUES ('e41d0eff-1da3-4262-a23c-0e37c5d81393', 1, 'esms', 'e41d0eff-1da3-4262-a23c-0e37c5d81393-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06+00', '2026-11-30 02:30:00+00', 'accepted', '100', 'Request đã được nhận và xử lý thành công', '{"CodeResult":"100","CountRegenerate":0,"SMSID":"cef8cd10-d594-49e3-843c-438f0c111aa3676"}');
INSERT INTO public.message_attempt VALUES ('5abfe42e-c48b-46fd-8cfb-835fb5eff8b6', 1, 'esms', '5abfe42e-c48b-46fd-8cfb-835fb5eff8b6-0', '2026-11-30 02:30:00+00', '2026-11-30 02:30:06+00', NULL, NULL, '', '', '');
INSERT INTO public.placement VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 1, 'killed push, claimed 3fe95cd0-7b8f-4ad8-b96a-75174db13949', '[QC] Giam gia 20%', 60, '2026-11-30 06:30:00+00', '2026-11-30 03:30:00+00', 'open', 'NjM1fcea1342fdaec0', 1, 52, '002d76fa-52b8-47ad-ab6c-45d9ab875b0a', '2026-11-30 02:30:30+00', '', '', '', NULL);
INSERT INTO public.placement VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 1, 'killed push, unwritten b2a9837c-bb4c-4fb3-82b8-0500236307ea', '[QC] Giam gia 20%', 60, '2026-11-30 06:30:00+00', '2026-11-30 03:30:00+00', 'open', 'NjM111eaa5ce85f8f7', 1, 52, '7fb90648-c96a-47b0-a111-2e0f21e953bd', '2026-11-30 02:30:30+00', '', '', '', NULL);
INSERT INTO public.placement VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 1, 'killed creation 4be33793-9946-4570-9e0c-3e667b304ecb', '[QC] Giam gia 20%', 30, '2026-11-30 06:30:00+00', '2026-11-30 03:30:00+00', 'creating', '', 1, NULL, NULL, '2026-11-30 02:30:30+00', '', '', '', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000020, 22, 1, false, NULL, 'accepted', NULL, 'da339576-766d-4e36-a95d-5264f42447a3353', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000021, 23, 1, false, NULL, 'accepted', NULL, '09bd4a30-b940-47c0-9391-894992096b76736', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000022, 24, 1, false, NULL, 'accepted', NULL, 'a2f42ea8-b345-4fa8-a7ba-5615e257bee3908', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000023, 25, 1, false, NULL, 'accepted', NULL, '87cb11de-41b1-4a04-9770-5389ab5666e2940', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000024, 26, 1, false, NULL, 'accepted', NULL, 'bf13e94f-9da1-4d22-9d39-661f440a6fae526', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000025, 27, 1, false, NULL, 'accepted', NULL, '136ea92b-edaa-4853-8617-128b4350fca6930', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000026, 28, 1, false, NULL, 'accepted', NULL, '088ba138-e974-46b5-8660-428389430dca742', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000027, 29, 1, false, NULL, 'accepted', NULL, '8c79aaa4-3889-4044-830b-ced2c562f5fb622', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000028, 30, 1, false, NULL, 'accepted', NULL, '0cba5cee-3f26-4bad-b4f5-6d953d0c1e64514', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000029, 31, 1, false, NULL, 'accepted', NULL, '966c8e20-d27d-4f61-b4d3-40b2ab3bb6b9330', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000000, 2, 1, false, NULL, 'accepted', NULL, 'a0ebc36e-5ec3-4285-9fb4-4553b3fc668e302', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000001, 3, 1, false, NULL, 'accepted', NULL, '63cd0d9e-8203-4c8f-b840-dd6d8ac2e780610', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000002, 4, 1, false, NULL, 'accepted', NULL, 'bf7f1da0-a871-4521-ba88-12a24bc9720b552', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000003, 5, 1, false, NULL, 'accepted', NULL, 'b655b736-4144-467d-a614-f2105fed2166190', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000008, 10, 1, false, NULL, 'accepted', NULL, '8896088e-5982-4126-a85e-54cba8703d15775', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000009, 11, 1, false, NULL, 'accepted', NULL, '7603dd7d-1dd4-465d-81f7-c4cd5c32deee741', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000004, 6, 1, false, NULL, NULL, 'not in the provider''s record, so it is called again under the same key', NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000005, 7, 1, false, NULL, NULL, 'not in the provider''s record, so it is called again under the same key', NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000006, 8, 1, false, NULL, NULL, 'not in the provider''s record, so it is called again under the same key', NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000007, 9, 1, false, NULL, NULL, 'not in the provider''s record, so it is called again under the same key', NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000010, 12, 1, false, NULL, 'accepted', NULL, '6c701c0b-b4b3-44e5-9ee2-7325e51d8203924', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000011, 13, 1, false, NULL, 'accepted', NULL, '3bd923ca-0e84-46e2-b7c2-7318fa080d75910', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000012, 14, 1, false, NULL, 'accepted', NULL, '3e004e7f-1cfb-4793-9fe6-6b496b2907f4704', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000013, 15, 1, false, NULL, 'accepted', NULL, '30bd56da-0a06-4e39-bd3a-215dc31a867c910', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000014, 16, 1, false, NULL, 'accepted', NULL, 'de06d108-477f-4744-a6dd-a10c033c5e22149', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000015, 17, 1, false, NULL, 'accepted', NULL, 'b257c34d-48a8-44b3-9e15-80558066816b432', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000016, 18, 1, false, NULL, 'accepted', NULL, '47fe74d4-f520-4871-b55d-be74c80f3086430', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000017, 19, 1, false, NULL, 'accepted', NULL, '935218c1-a22a-48ee-b5af-ed05b4d7dfa5450', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000018, 20, 1, false, NULL, 'accepted', NULL, '5a716c3a-e82d-4d6b-b204-08f25e901af6764', '100', NULL);
INSERT INTO public.recipient VALUES ('4208a253-c614-4940-b34d-1e8d14f65e63', 84900000019, 21, 1, false, NULL, 'accepted', NULL, '9d579a77-4fb0-4c0f-b649-68a75492cf6e753', '100', NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000030, 2, 1, false, NULL, 'accepted', NULL, '25ed291e-b594-479a-8f98-29ccfeb93bcd639', '100', NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000031, 3, 1, false, NULL, 'accepted', NULL, '48c201ec-cd08-4384-bc20-62c465d558b5110', '100', NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000032, 4, 1, false, NULL, NULL, 'turned away without a code of the provider''s own, so it is called again under the same key', NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000033, 5, 1, false, NULL, NULL, 'turned away without a code of the provider''s own, so it is called again under the same key', NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000040, 12, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000041, 13, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000042, 14, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000043, 15, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000044, 16, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000045, 17, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000046, 18, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000047, 19, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000048, 20, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000049, 21, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000050, 22, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000051, 23, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000052, 24, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000053, 25, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000054, 26, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000055, 27, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000056, 28, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000057, 29, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000058, 30, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000059, 31, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000034, 6, 1, false, NULL, NULL, 'turned away without a code of the provider''s own, so it is called again under the same key', NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000035, 7, 1, false, NULL, 'accepted', NULL, 'c8605199-8a75-47c8-9237-db63ad0e0f40898', '100', NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000036, 8, 1, false, NULL, 'accepted', NULL, 'bb636c4b-9c63-45f9-be52-5db7df961230814', '100', NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000037, 9, 1, false, NULL, 'accepted', NULL, 'dbc1e1cd-c272-4247-a164-f7e4ac3f92d1615', '100', NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000038, 10, 1, false, NULL, 'accepted', NULL, 'a9becf2e-5b29-4102-8afc-03a6357fcd54186', '100', NULL);
INSERT INTO public.recipient VALUES ('12f8c3ff-9232-4df2-9e6d-fdc756af6116', 84900000039, 11, 1, false, NULL, 'accepted', NULL, 'fd38fcf0-f107-4e14-bb87-b84b2d368ba4568', '100', NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000065, 7, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000066, 8, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000067, 9, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000068, 10, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000069, 11, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000095, 37, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000096, 38, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000097, 39, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000098, 40, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000099, 41, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000100, 42, 9, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000101, 43, 9, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000102, 44, 9, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000103, 45, 9, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000104, 46, 9, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000105, 47, 10, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000106, 48, 10, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000107, 49, 10, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000108, 50, 10, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000109, 51, 10, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000110, 52, 11, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000111, 53, 11, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000112, 54, 11, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000113, 55, 11, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000114, 56, 11, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000115, 57, 12, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000116, 58, 12, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000117, 59, 12, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000118, 60, 12, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000119, 61, 12, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000060, 2, 1, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000061, 3, 1, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000062, 4, 1, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000063, 5, 1, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000064, 6, 1, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000070, 12, 3, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000071, 13, 3, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000072, 14, 3, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000073, 15, 3, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000074, 16, 3, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000080, 22, 5, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000081, 23, 5, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000082, 24, 5, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000083, 25, 5, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000084, 26, 5, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000085, 27, 6, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000086, 28, 6, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000087, 29, 6, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000088, 30, 6, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000089, 31, 6, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000075, 17, 4, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000076, 18, 4, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000077, 19, 4, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000078, 20, 4, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000079, 21, 4, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000090, 32, 7, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000091, 33, 7, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000092, 34, 7, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000093, 35, 7, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('37a954a3-6701-43fb-b017-fc9ed6261146', 84900000094, 36, 7, false, NULL, 'delivered', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000120, 2, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000121, 3, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000122, 4, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000123, 5, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000124, 6, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000125, 7, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000126, 8, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000127, 9, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000128, 10, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000129, 11, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000130, 12, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000131, 13, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000132, 14, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000133, 15, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000134, 16, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000135, 17, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000136, 18, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000137, 19, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000138, 20, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000139, 21, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000140, 22, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000141, 23, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000142, 24, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000143, 25, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000144, 26, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000145, 27, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000146, 28, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000147, 29, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000148, 30, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000149, 31, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000150, 32, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000151, 33, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000152, 34, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000153, 35, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000154, 36, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000155, 37, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000156, 38, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000157, 39, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000158, 40, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('a130d32b-567d-490b-abcc-e8206c88f604', 84900000159, 41, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000180, 22, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000181, 23, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000182, 24, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000183, 25, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000184, 26, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000185, 27, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000186, 28, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000187, 29, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000188, 30, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000189, 31, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000190, 32, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000191, 33, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000192, 34, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000193, 35, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000194, 36, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000195, 37, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000196, 38, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000197, 39, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000198, 40, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000199, 41, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000160, 2, 1, false, NULL, 'accepted', NULL, '30636cc8-f653-4b56-80eb-5109be01de91103', '100', NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000161, 3, 1, false, NULL, 'accepted', NULL, '88778d71-9b7a-4e3c-a2a9-3630f8b99736694', '100', NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000162, 4, 1, false, NULL, 'accepted', NULL, 'cc0774af-6cce-4a54-b14d-eb657cd42f43413', '100', NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000163, 5, 1, false, NULL, 'accepted', NULL, '08159a19-e845-4b8b-a667-99ba858f8008142', '100', NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000164, 6, 1, false, NULL, 'accepted', NULL, '695fb6d6-b22a-4146-9738-286107af2f28310', '100', NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000165, 7, 1, false, NULL, 'accepted', NULL, '987a475f-98ef-48d1-8de2-f015fbc79edc480', '100', NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000166, 8, 1, false, NULL, 'accepted', NULL, 'a4346688-acff-45ec-a612-645705113950896', '100', NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000167, 9, 1, false, NULL, 'accepted', NULL, '678cc98b-6eb7-4f00-8648-564cbea424bc293', '100', NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000168, 10, 1, false, NULL, 'accepted', NULL, '3cbd738e-5e83-48b7-94a9-8df96e80809d197', '100', NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000169, 11, 1, false, NULL, 'accepted', NULL, '464a8457-a7c4-497b-a52f-d30e83ca6718779', '100', NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000170, 12, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000171, 13, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000172, 14, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000173, 15, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000174, 16, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000175, 17, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000176, 18, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000177, 19, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000178, 20, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('577606b4-2414-4bf2-b256-c1a6af69dffb', 84900000179, 21, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000220, 22, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000221, 23, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000222, 24, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000223, 25, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000224, 26, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000225, 27, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000226, 28, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000227, 29, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000228, 30, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000229, 31, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000230, 32, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000231, 33, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000232, 34, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000233, 35, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000234, 36, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000235, 37, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000236, 38, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000237, 39, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000238, 40, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000239, 41, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000250, 12, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000251, 13, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000252, 14, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000253, 15, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000254, 16, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000255, 17, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000256, 18, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000257, 19, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000258, 20, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000259, 21, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000200, 2, 1, false, NULL, 'accepted', NULL, '152caf51-325a-46c1-9811-f6bdb142f41b502', '100', NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000201, 3, 1, false, NULL, 'accepted', NULL, '7d0763a9-41ae-4aa6-981b-36da3b43d35d960', '100', NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000202, 4, 1, false, NULL, 'accepted', NULL, 'e90a62e6-9306-4542-955b-aefab2e48e8e413', '100', NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000203, 5, 1, false, NULL, 'accepted', NULL, 'b810e8e1-b5c1-4b5b-8373-3456d753908c404', '100', NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000204, 6, 1, false, NULL, 'accepted', NULL, 'e1b883ea-c78c-469a-894d-ec34e9139ee6854', '100', NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000205, 7, 1, false, NULL, 'accepted', NULL, '533694c2-74f1-4bc8-9755-2524c46af099509', '100', NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000206, 8, 1, false, NULL, 'accepted', NULL, '8d47bf39-9a5b-471d-8647-76d1aed4e276213', '100', NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000207, 9, 1, false, NULL, 'accepted', NULL, '03943a3c-497f-47c3-87cd-99395dfefbe6253', '100', NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000208, 10, 1, false, NULL, 'accepted', NULL, '071967ac-3e15-4df0-8d51-4546896ceeb9692', '100', NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000209, 11, 1, false, NULL, 'accepted', NULL, '3442b37c-d0e1-467c-bd58-bf13689d11fa444', '100', NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000210, 12, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000211, 13, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000212, 14, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000213, 15, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000214, 16, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000215, 17, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000216, 18, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000217, 19, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000218, 20, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('9a3e7272-b251-4b9c-8e0d-71906a7f4783', 84900000219, 21, 1, false, NULL, 'sending', NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000260, 22, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000261, 23, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000262, 24, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000263, 25, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000264, 26, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000265, 27, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000266, 28, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000267, 29, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000268, 30, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000240, 2, 1, false, NULL, 'accepted', NULL, '981432a3-9a26-5156-9be0-e3fb87d0d9aa', '200', NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000241, 3, 1, false, NULL, 'accepted', NULL, '477d146b-9cf0-5330-8fcf-83a4ffc5e718', '200', NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000242, 4, 1, false, NULL, 'accepted', NULL, '0724e36b-b802-5e29-bdbc-ce965fdb2791', '200', NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000243, 5, 1, false, NULL, 'accepted', NULL, 'ad635485-4b12-5505-9b97-09e2281d9d90', '200', NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000244, 6, 1, false, NULL, 'accepted', NULL, '5e7ef3db-2879-5d8d-8e70-c35008e80862', '200', NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000245, 7, 1, false, NULL, 'accepted', NULL, '640862c6-bbf6-547a-adf6-69f375abf4e5', '200', NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000246, 8, 1, false, NULL, 'accepted', NULL, '4ed7bd61-a079-5187-89c8-cf761c9012e5', '200', NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000247, 9, 1, false, NULL, 'accepted', NULL, '57e45f2d-10eb-5e6a-8632-e7172b11fcd1', '200', NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000248, 10, 1, false, NULL, 'accepted', NULL, 'd12b53ee-2ac2-5dad-8ec3-0aa490daab1f', '200', NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000249, 11, 1, false, NULL, 'accepted', NULL, '76d1a93a-5774-5dbd-afa4-b4f7339b07a4', '200', NULL);
INSERT INTO public.recipient VALUES ('b005ed59-b8e2-49d0-a94a-9bbf73f180fe', 84900000269, 31, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000270, 2, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000271, 3, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000272, 4, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000273, 5, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000274, 6, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000275, 7, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000276, 8, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000277, 9, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000278, 10, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000279, 11, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000280, 12, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000281, 13, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000282, 14, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000283, 15, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000284, 16, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000285, 17, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000286, 18, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000287, 19, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000288, 20, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000289, 21, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000290, 22, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000291, 23, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000292, 24, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000293, 25, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000294, 26, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000295, 27, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000296, 28, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000297, 29, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000298, 30, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000299, 31, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000300, 32, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000301, 33, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000302, 34, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000303, 35, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000304, 36, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000305, 37, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000306, 38, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000307, 39, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000308, 40, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000309, 41, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000310, 42, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000311, 43, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000312, 44, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000313, 45, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000314, 46, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000315, 47, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000316, 48, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000317, 49, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000318, 50, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000319, 51, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000320, 52, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000321, 53, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000322, 54, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000323, 55, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000324, 56, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000325, 57, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000326, 58, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000327, 59, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000328, 60, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('3fe95cd0-7b8f-4ad8-b96a-75174db13949', 84900000329, 61, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000330, 2, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000331, 3, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000332, 4, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000333, 5, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000334, 6, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000335, 7, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000336, 8, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000337, 9, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000338, 10, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000339, 11, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000340, 12, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000341, 13, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000342, 14, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000343, 15, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000344, 16, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000345, 17, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000346, 18, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000347, 19, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000348, 20, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000349, 21, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000350, 22, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000351, 23, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000352, 24, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000353, 25, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000354, 26, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000355, 27, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000356, 28, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000357, 29, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000358, 30, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000359, 31, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000360, 32, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000361, 33, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000362, 34, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000363, 35, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000364, 36, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000365, 37, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000366, 38, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000367, 39, 5, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000368, 40, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000369, 41, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000370, 42, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000371, 43, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000372, 44, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000373, 45, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000374, 46, 6, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000375, 47, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000376, 48, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000377, 49, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000378, 50, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000379, 51, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000380, 52, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000381, 53, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000382, 54, 7, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000383, 55, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000384, 56, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000385, 57, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000386, 58, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000387, 59, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000388, 60, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('b2a9837c-bb4c-4fb3-82b8-0500236307ea', 84900000389, 61, 8, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000390, 2, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000391, 3, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000392, 4, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000393, 5, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000394, 6, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000395, 7, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000396, 8, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000397, 9, 1, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000398, 10, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000399, 11, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000400, 12, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000401, 13, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000402, 14, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000403, 15, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000404, 16, 2, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000405, 17, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000406, 18, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000407, 19, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000408, 20, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000409, 21, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000410, 22, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000411, 23, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000412, 24, 3, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000413, 25, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000414, 26, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000415, 27, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000416, 28, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000417, 29, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000418, 30, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.recipient VALUES ('4be33793-9946-4570-9e0c-3e667b304ecb', 84900000419, 31, 4, false, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT pg_catalog.setval('public.difference_id_seq', 1, false);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.ad_contact
    ADD CONSTRAINT pk_ad_contact PRIMARY KEY (phone);
ALTER TABLE ONLY public.answer
    ADD CONSTRAINT pk_answer PRIMARY KEY (key);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT pk_api_key PRIMARY KEY (id);
ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT pk_attempt PRIMARY KEY (batch_id, number);
ALTER TABLE ONLY public.balance_reading
    ADD CONSTRAINT pk_balance_reading PRIMARY KEY (provider, at);
ALTER TABLE ONLY public.batch
    ADD CONSTRAINT pk_batch PRIMARY KEY (id);
ALTER TABLE ONLY public.callback
    ADD CONSTRAINT pk_callback PRIMARY KEY (id);
ALTER TABLE ONLY public.campaign
    ADD CONSTRAINT pk_campaign PRIMARY KEY (id);
ALTER TABLE ONLY public.difference
    ADD CONSTRAINT pk_difference PRIMARY KEY (id);
ALTER TABLE ONLY public.draft
    ADD CONSTRAINT pk_draft PRIMARY KEY (campaign_id);
ALTER TABLE ONLY public.due_job
    ADD CONSTRAINT pk_due_job PRIMARY KEY (name);
ALTER TABLE ONLY public.message
    ADD CONSTRAINT pk_message PRIMARY KEY (id);
ALTER TABLE ONLY public.message_attempt
    ADD CONSTRAINT pk_message_attempt PRIMARY KEY (message_id, number);
ALTER TABLE ONLY public.placement
    ADD CONSTRAINT pk_placement PRIMARY KEY (campaign_id, number);
ALTER TABLE ONLY public.recipient
    ADD CONSTRAINT pk_recipient PRIMARY KEY (campaign_id, phone);
ALTER TABLE ONLY public.reconciliation
    ADD CONSTRAINT pk_reconciliation PRIMARY KEY (id);
ALTER TABLE ONLY public.record_row
    ADD CONSTRAINT pk_record_row PRIMARY KEY (run_id, ref, phone);
ALTER TABLE ONLY public.refused_row
    ADD CONSTRAINT pk_refused_row PRIMARY KEY (campaign_id, "row");
ALTER TABLE ONLY public.suppression
    ADD CONSTRAINT pk_suppression PRIMARY KEY (phone);
ALTER TABLE ONLY public.totals_reading
    ADD CONSTRAINT pk_totals_reading PRIMARY KEY (provider, at);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT uq_api_key_hash UNIQUE (hash);
ALTER TABLE ONLY public.campaign
    ADD CONSTRAINT uq_campaign_key UNIQUE (key);
ALTER TABLE ONLY public.message
    ADD CONSTRAINT uq_message_key UNIQUE (key);
ALTER TABLE ONLY public.placement
    ADD CONSTRAINT uq_placement_name UNIQUE (name);
CREATE INDEX ix_answer_began_at ON public.answer USING btree (began_at);
CREATE INDEX ix_batch_claimed ON public.batch USING btree (lease_until) WHERE ((state)::text = 'sending'::text);
CREATE INDEX ix_batch_doubtful ON public.batch USING btree (look_at) WHERE ((state)::text = 'unknown'::text);
CREATE INDEX ix_batch_due ON public.batch USING btree (not_before) WHERE ((state)::text = 'planned'::text);
CREATE INDEX ix_batch_poll ON public.batch USING btree (next_poll_at) WHERE ((state)::text = 'accepted'::text);
CREATE INDEX ix_batch_provider_ref ON public.batch USING btree (provider_ref) WHERE ((provider_ref)::text <> ''::text);
CREATE INDEX ix_callback_due ON public.callback USING btree (due_at) WHERE (handled_at IS NULL);
CREATE INDEX ix_campaign_open ON public.campaign USING btree (status) WHERE ((status)::text <> ALL ((ARRAY['done'::character varying, 'cancelled'::character varying, 'failed'::character varying])::text[]));
CREATE INDEX ix_difference_run_id ON public.difference USING btree (run_id);
CREATE INDEX ix_message_claimed ON public.message USING btree (lease_until) WHERE ((state)::text = 'sending'::text);
CREATE INDEX ix_message_due ON public.message USING btree (not_before) WHERE ((state)::text = 'queued'::text);
CREATE INDEX ix_message_phone_queued_at ON public.message USING btree (phone, queued_at);
CREATE INDEX ix_message_provider_ref ON public.message USING btree (provider_ref) WHERE ((provider_ref)::text <> ''::text);
CREATE INDEX ix_message_queued_at ON public.message USING brin (queued_at);
CREATE INDEX ix_recipient_campaign_id_batch_seq ON public.recipient USING btree (campaign_id, batch_seq);
CREATE INDEX ix_recipient_ref ON public.recipient USING btree (ref) WHERE (ref IS NOT NULL);
CREATE UNIQUE INDEX uq_batch_campaign_id_seq ON public.batch USING btree (campaign_id, seq);
ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT fk_attempt_batch_id FOREIGN KEY (batch_id) REFERENCES public.batch(id);
ALTER TABLE ONLY public.batch
    ADD CONSTRAINT fk_batch_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaign(id);
ALTER TABLE ONLY public.difference
    ADD CONSTRAINT fk_difference_run_id FOREIGN KEY (run_id) REFERENCES public.reconciliation(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.draft
    ADD CONSTRAINT fk_draft_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaign(id);
ALTER TABLE ONLY public.message_attempt
    ADD CONSTRAINT fk_message_attempt_message_id FOREIGN KEY (message_id) REFERENCES public.message(id);
ALTER TABLE ONLY public.placement
    ADD CONSTRAINT fk_placement_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaign(id);
