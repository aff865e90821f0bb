/* What an agent works at: the live channel of the business, its inbox, and who on the team answers. */
import { api, ask, type Wire } from '$api/client';
import { Live } from '$api/live.svelte';
import { clock, session } from '../app.svelte';
import type { Me, Membership } from '../session.svelte';
import { Inbox } from './inbox.svelte';

export class Desk {
  readonly inbox: Inbox;
  readonly live: Live;
  readonly #business: Membership;
  team = $state.raw<Wire['MemberView'][]>([]);

  constructor(me: Me, business: Membership) {
    this.#business = business;
    this.inbox = new Inbox(business.id, me.id);
    this.live = new Live({
      personId: me.id,
      businessId: business.id,
      ontime: (at) => clock.follow(at),
      onsignedout: () => void session.load(),
      oninbox: (number) => void this.inbox.catchUp(number),
    });
  }

  /** Names of those who type for the business. */
  get names(): Record<string, string> {
    return Object.fromEntries(this.team.map(({ person_id, name }) => [person_id, name]));
  }

  /** Those who can take a thread. */
  get agents(): Wire['MemberView'][] {
    return this.team.filter(({ roles }) => roles.includes('owner') || roles.includes('agent'));
  }

  /** Begins to listen; returns how to stop. */
  start(): () => void {
    const params = { path: { business_id: this.#business.id } };
    void this.inbox.load('open');
    void ask(api.GET('/api/businesses/{business_id}/team', { params })).then(
      (team) => (this.team = team),
      () => undefined, // names are a comfort; the inbox works without
    );
    session.onleave = () => this.live.clear();
    return this.live.start();
  }
}
