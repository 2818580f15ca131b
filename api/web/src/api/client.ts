import createClient, { type Middleware } from "openapi-fetch";
import i18next from "i18next";
import { noteAnswer } from "./behind";
import { noteExpired } from "./expired";
import { steppingUp } from "./stepup";
import { untouchedFor } from "./touch";
import type { components, paths } from "./schema";

export type Schema = components["schemas"];

/** api speaks the server's OpenAPI document; the session travels in a cookie, the language in a header. */
export const api = createClient<paths>({ baseUrl: "", credentials: "same-origin", fetch: (request) => steppingUp(request) });

// The browser's own Accept-Language would win over the language chosen on the page.
const speak: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept-Language", i18next.language || "en");
    request.headers.set("Daka-Idle", String(untouchedFor()));
    return request;
  },
};
let signedOut: () => void = () => undefined;

/** onSignedOut is told when the session has ended, so that the page can ask who is there. */
export function onSignedOut(tell: () => void): void {
  signedOut = tell;
}

const watch: Middleware = {
  async onResponse({ response, schemaPath }) {
    noteAnswer(response.headers);
    if (response.status !== 401) return;
    const problem: unknown = await response
      .clone()
      .json()
      .catch(() => null);
    if (failureOf(response, problem).code === "session_expired") noteExpired();
    if (!schemaPath.startsWith("/api/v1/auth/") && schemaPath !== "/api/v1/me") signedOut();
  },
};
api.use(speak, watch);

export interface FieldProblem {
  pointer: string;
  text: string;
}

/** Failure is an answer that is no answer: the server's problem, or no server (status 0). */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: FieldProblem[] = [],
    /** retryAfter is in seconds; 0 when the server named no time. */
    readonly retryAfter = 0,
  ) {
    super(message);
    this.name = "Failure";
  }

  /** undecided says that the command may have been written: only the same key may be sent again. */
  get undecided(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

interface Problem {
  code?: string;
  detail?: string;
  errors?: FieldProblem[];
}

export interface Reply<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** reply waits for a call and throws a Failure unless the status is 2xx. */
export async function reply<T>(call: Promise<Reply<T>>): Promise<Reply<T>> {
  let result: Reply<T>;
  try {
    result = await call;
  } catch {
    throw new Failure(0, "unreachable", "");
  }
  if (result.response.ok) return result;
  throw failureOf(result.response, result.error);
}

/** answer takes the data out of a call, or throws the problem with its status and code. */
export async function answer<T>(call: Promise<Reply<T>>): Promise<T> {
  const result = await reply(call);
  if (result.data !== undefined) return result.data;
  throw new Failure(result.response.status, "unknown", "");
}

/** failureOf reads a problem+json answer. */
export function failureOf(response: Response, body: unknown): Failure {
  const problem: Problem = isProblem(body) ? body : {};
  const wait = Number(response.headers.get("Retry-After") ?? 0);
  return new Failure(
    response.status,
    problem.code ?? "unknown",
    problem.detail ?? "",
    problem.errors ?? [],
    Number.isFinite(wait) ? wait : 0,
  );
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null;
}
