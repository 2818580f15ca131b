import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schema = components["schemas"];

/** api speaks the server's OpenAPI document; the session travels in a cookie. */
export const api = createClient<paths>({ baseUrl: "", credentials: "same-origin" });

/** Failure is an answer that is no answer: the server's problem, or no server. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "Failure";
  }
}

interface Problem {
  code?: string;
  detail?: string;
}

/** answer takes the data out of a call, or throws the problem with its status and code; status 0 is a server out of reach. */
export async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let result: { data?: T; error?: unknown; response: Response };
  try {
    result = await call;
  } catch {
    throw new Failure(0, "unreachable", "");
  }
  if (result.data !== undefined) return result.data;
  const problem: Problem = isProblem(result.error) ? result.error : {};
  throw new Failure(result.response.status, problem.code ?? "unknown", problem.detail ?? "");
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null;
}
