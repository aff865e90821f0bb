/* What the chat components are given: the wire's message and bodies, and what the reader's device adds to them.
   Ids are decimal strings, times ISO 8601 in UTC. */

export interface Sender {
  kind: 'person' | 'business';
  id: string;
}

/** A participant as shown: name, colour, mark. */
export interface Face extends Sender {
  name: string;
  hue: number;
  is_verified: boolean;
}

export interface QuickReply {
  title: string;
  payload: string;
}

export interface UrlButton {
  type: 'url';
  title: string;
  url: string;
}
export interface PostbackButton {
  type: 'postback';
  title: string;
  payload: string;
}
export type CardButton = UrlButton | PostbackButton;

export interface Text {
  type: 'text';
  text: string;
}
export interface QuickReplyTap {
  type: 'quick_reply';
  text: string;
  payload: string;
}
export interface Postback {
  type: 'postback';
  text: string;
  payload: string;
}
export interface GetStarted {
  type: 'get_started';
  text: string;
  payload: string;
}
export interface Options {
  type: 'options';
  text: string;
  quick_replies: QuickReply[];
}
export interface Card {
  type: 'card';
  title: string;
  subtitle?: string | null;
  image_url?: string | null;
  buttons: CardButton[];
}
export interface Sponsored {
  type: 'sponsored';
  headline: string;
  text: string;
  image_url?: string | null;
  /** Without an address it starts an answer. */
  button?: { title: string; url?: string | null } | null;
  payer: string;
  beneficiary: string;
  delivery_id: string;
  token: string;
}
/** The installation's answer to a stop word. */
export interface StopConfirmed {
  type: 'stop_confirmed';
  business_name: string;
}
/** What is left of a message that was taken back; nothing at all of a withdrawn advert. */
export interface Unsent {
  type: 'unsent';
  is_sponsored?: boolean;
}
export type Body = Text | QuickReplyTap | Postback | GetStarted | Options | Card | Sponsored | StopConfirmed | Unsent;

export interface Message {
  position: number;
  client_id: string;
  sender: Sender;
  /** Who typed for the business; known to its team only. */
  agent_id?: string | null;
  body: Body;
  sent_at: string;
  edited_at?: string | null;
  change: number;
}

/** The reader's own message that the server has not acknowledged. */
export interface Pending {
  client_id: string;
  body: Body;
  sent_at: string;
  failed?: boolean;
  /** Why it was refused, in words. */
  reason?: string | null;
}

export type Status = 'sending' | 'sent' | 'delivered' | 'read' | 'failed';

/** How far the other side has received and read, as positions. */
export interface Receipts {
  delivered: number;
  read: number;
}

/** What a person can do about an advert, from its own sheet. */
export type SponsoredAction = 'stop' | 'ads_off' | 'report' | 'block';
/** Why this advert: sentences, or that they are on their way, or that they could not be had. */
export type Reasons = string[] | 'loading' | 'failed';
