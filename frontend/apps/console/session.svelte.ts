/* Who is signed in, which businesses they work for, and which of these the console shows. */
import { api, ApiError, ask, wordsOf, type Wire } from '$api/client';

export type Me = Wire['MeOut'];
export type Membership = Wire['MembershipView'];
export type Owner = Wire['OwnerView'];
export type Role = Membership['roles'][number];

const CHOSEN = 'console.business';

export class Session {
  /** Undefined while nobody knows, null when nobody is signed in. */
  me = $state.raw<Me | null>();
  businesses = $state.raw<Membership[]>([]);
  owners = $state.raw<Owner[]>([]);
  problem = $state<string | null>(null);
  /** What has to go from this device when its reader signs out. */
  onleave: (() => Promise<void>) | null = null;
  #chosen = $state(localStorage.getItem(CHOSEN));

  get business(): Membership | undefined {
    return this.businesses.find(({ id }) => id === this.#chosen) ?? this.businesses[0];
  }

  async load(): Promise<void> {
    this.problem = null;
    try {
      const me = await ask(api.GET('/api/me'));
      if (!me.is_guest) await this.refresh();
      this.me = me;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.me = null;
      else this.problem = wordsOf(error);
    }
  }

  /** After something changed that the frame shows: a new business, a decision on its owner. */
  async refresh(): Promise<void> {
    const [businesses, owners] = await Promise.all([ask(api.GET('/api/businesses')), ask(api.GET('/api/owners'))]);
    this.businesses = businesses;
    this.owners = owners;
  }

  choose(businessId: string): void {
    this.#chosen = businessId;
    localStorage.setItem(CHOSEN, businessId);
  }

  async signOut(): Promise<void> {
    await ask(api.POST('/api/sign-out'));
    await this.onleave?.();
    this.me = null;
    this.businesses = [];
    this.owners = [];
  }
}

/** Whether somebody with these roles may do what one of the wanted roles is for. */
export function may(business: Membership, ...wanted: Role[]): boolean {
  return business.roles.some((role) => wanted.includes(role));
}
