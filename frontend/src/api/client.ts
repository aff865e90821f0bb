/* The typed client of `/api`: addresses and shapes come from the server's own document (schema.d.ts). */
import type { Client } from 'openapi-fetch';
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

/** One method for each of HTTP's, as `api.GET('/api/me')`. The types are openapi-fetch's; its code would be a twentieth of
    the messenger. */
export const api = Object.fromEntries(
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [
    method,
    (path: string, options?: Options) => call(method, path, options),
  ]),
) as unknown as Client<paths>;

interface Options extends Omit<RequestInit, 'body'> {
  params?: { path?: Record<string, unknown>; query?: Record<string, unknown> };
  body?: unknown;
}

async function call(method: string, path: string, { params, body, ...rest }: Options = {}): Promise<Answer<unknown>> {
  const place = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params?.path?.[name])));
  const given = Object.entries(params?.query ?? {}).filter(([, value]) => value !== undefined && value !== null);
  const query = new URLSearchParams(given.flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)])));
  const response = await fetch(query.size ? `${place}?${query.toString()}` : place, {
    ...rest,
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const isJson = response.headers.get('content-type')?.includes('json');
  const read: unknown = isJson ? await response.json() : undefined;
  return response.ok ? { data: read, response } : { error: read, response };
}

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
