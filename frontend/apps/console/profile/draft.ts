/* A business's profile while somebody writes it. */
import type { Wire } from '$api/client';

export interface ProfileDraft {
  name: string;
  handle: string;
  about: string;
  greeting: string;
  /** What the Get started button says; empty for no such button. */
  start: string;
  replies: string[];
}

export const FIELDS = ['name', 'handle', 'about', 'greeting', 'get_started', 'quick_replies'] as const;

export function emptyDraft(): ProfileDraft {
  return { name: '', handle: '', about: '', greeting: '', start: '', replies: [] };
}

export function draftOf(profile: Wire['PublicProfile']): ProfileDraft {
  return {
    name: profile.name,
    handle: profile.handle ?? '',
    about: profile.about,
    greeting: profile.greeting,
    start: profile.get_started?.title ?? '',
    replies: profile.quick_replies.map(({ title }) => title),
  };
}

/** What goes over the wire. Programs get as payload what people read, unless they had set their own. */
export function bodyOf(draft: ProfileDraft, before?: Wire['PublicProfile']) {
  const known = new Map(before?.quick_replies.map(({ title, payload }) => [title, payload]));
  const start = draft.start.trim();
  return {
    name: draft.name,
    handle: draft.handle.trim(),
    about: draft.about,
    greeting: draft.greeting,
    get_started: start ? { title: start, payload: before?.get_started?.payload ?? 'get_started' } : null,
    quick_replies: draft.replies
      .map((title) => title.trim())
      .filter(Boolean)
      .map((title) => ({ title, payload: known.get(title) ?? title })),
  };
}

/** A handle that fits a name: "Café Noir" gives "cafe-noir". */
export function handleFrom(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32);
}
