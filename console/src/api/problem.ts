//! Refusals of the API: problem details (RFC 9457), or plain JSON of the firewall and the gateway.

import type { components } from './schema.d.ts';

type Problem = components['schemas']['Problem'];

/** One invalid value: a JSON pointer into the body, and what is wrong with it. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** A request that was refused, or that got no answer (`status` 0). */
export class ProblemError extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  /** The request id, by which operators find the request in logs. */
  readonly instance: string | undefined;
  readonly errors: FieldError[];
  /** The seconds after which the request may be repeated. */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Partial<Problem>, retryAfter?: number) {
    super(problem.detail ?? problem.title ?? `status ${status}`);
    this.name = 'ProblemError';
    this.status = status;
    this.title = problem.title ?? '';
    this.detail = problem.detail;
    this.instance = problem.instance;
    this.errors = problem.errors ?? [];
    this.retryAfter = retryAfter;
  }

  /** Returns the problem of a response. */
  static async of(response: Response): Promise<ProblemError> {
    const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
    const seconds = Number.isFinite(retryAfter) ? retryAfter : undefined;
    const body: unknown = await response.json().catch(() => ({}));
    return new ProblemError(response.status, isProblem(body) ? body : {}, seconds);
  }

  /** Returns the problem of a request that got no answer. */
  static ofNetwork(error: unknown): ProblemError {
    if (error instanceof ProblemError) return error;
    return new ProblemError(0, { title: error instanceof Error ? error.message : String(error) });
  }

  /** True if the same request may succeed later. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Returns what is wrong with the field at `path` of the body: `codes/0/at`. */
  ofField(path: string): string | undefined {
    return this.errors.find((error) => error.pointer === `#/${path}`)?.detail;
  }
}

/** True if the API refused a request as nobody is signed in. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ProblemError && error.status === 401;
}

function isProblem(body: unknown): body is Partial<Problem> {
  return typeof body === 'object' && body !== null;
}
