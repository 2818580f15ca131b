import { answer, api, Failure } from "./client";

export type SignInOutcome = "in" | "wrong" | "unreachable";

/** signIn exchanges the administrator token for a session cookie. */
export async function signIn(token: string): Promise<SignInOutcome> {
  try {
    const { response } = await api.POST("/api/v1/auth/login", { body: { token } });
    if (response.ok) return "in";
    return response.status >= 500 ? "unreachable" : "wrong";
  } catch {
    return "unreachable";
  }
}

/** signOut ends the session. */
export async function signOut(): Promise<void> {
  await api.POST("/api/v1/auth/logout").catch(() => undefined);
}

/** signedIn says whether the cookie still opens the API; a server out of reach is an error. */
export async function signedIn(): Promise<boolean> {
  try {
    await answer(api.GET("/api/v1/me"));
    return true;
  } catch (error) {
    if (error instanceof Failure && (error.status === 401 || error.status === 403)) return false;
    throw error;
  }
}
