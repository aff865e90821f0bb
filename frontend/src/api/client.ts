/* The typed client of `/api`: addresses and shapes come from the server's own document (schema.d.ts). */
import createClient from 'openapi-fetch';
import { t } from '$i18n/t';
import type { components, paths } from './schema';

/** The wire's shapes by name, as `Wire['MeOut']`. */
export type Wire = components['schemas'];

/** A refusal in plain words, or that the server could not be reached (status 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** The field that is wrong, where one is. */
  readonly field: string | null;

  constructor(status: number, code: string, message: string, field: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

export const api = createClient<paths>({
  baseUrl: typeof location === 'undefined' ? '' : location.origin,
  credentials: 'same-origin',
});

/** What was asked for, or an ApiError. */
export async function ask<Data>(asked: Promise<Answer<Data>>): Promise<Data> {
  let answer: Answer<Data>;
  try {
    answer = await asked;
  } catch {
    throw new ApiError(0, 'unreachable', t('api.unreachable'));
  }
  if (answer.response.ok) return answer.data as Data;
  throw refusal(answer.response.status, answer.error);
}

/** What went wrong, in words that can be shown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refusal(status: number, body: unknown): ApiError {
  const { error } = (typeof body === 'object' && body !== null ? body : {}) as {
    error?: { code: string; message: string; field?: string | null };
  };
  // A proxy in between answers in its own way.
  if (!error?.message) return new ApiError(status, 'unexpected', t('api.unexpected'));
  return new ApiError(status, error.code, error.message, error.field ?? null);
}
