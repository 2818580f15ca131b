import { answer, api, reply, type Schema } from "./client";

export type Purpose = "register" | "login" | "reset" | "phone" | "email" | "step-up";

/** Contact is where a code goes to: a phone number, an e-mail address, the phone of number@handle, or with nothing one's own number. */
export type Contact = { phone: string } | { email: string } | { login: string } | Record<string, never>;

/** contactOf reads what a person typed: an e-mail's host has a dot, an organization's account is number@handle. */
export function contactOf(text: string): Contact {
  const trimmed = text.trim();
  if (!trimmed.includes("@")) return { phone: trimmed };
  return /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(trimmed) ? { email: trimmed } : { login: trimmed };
}

/** sendCode asks for a one-time code; the answer is the same whether the number is known or not. */
export const sendCode = (to: Contact, purpose: Purpose) => answer(api.POST("/api/v1/auth/codes", { body: { ...to, purpose } }));

export interface Registration {
  phone: string;
  code: string;
  name: string;
  password?: string;
  language: "zh" | "en";
}

/** register makes the account and opens its session. */
export async function register(body: Registration, key: string): Promise<void> {
  await reply(api.POST("/api/v1/auth/register", { params: { header: { "Idempotency-Key": key } }, body }));
}

export type Credentials = { login: string; password: string } | { login: string; code: string } | { token: string };

/** signIn opens a session. */
export async function signIn(body: Credentials): Promise<void> {
  await reply(api.POST("/api/v1/auth/login", { body }));
}

/** signOut ends this session, or every one of the account. */
export async function signOut(everywhere: boolean): Promise<void> {
  await reply(api.POST("/api/v1/auth/logout", { body: { everywhere } }));
}

/** stepUp shows again who is there, for five minutes. */
export async function stepUp(body: { password: string } | { code: string }): Promise<void> {
  await reply(api.POST("/api/v1/auth/step-up", { body }));
}

export type NewPassword = ({ code: string } & Contact & { password: string }) | { old?: string; password: string };

/** setPassword sets a password by code or by the old one; the account's other sessions end. */
export async function setPassword(body: NewPassword): Promise<void> {
  await reply(api.POST("/api/v1/auth/password", { body }));
}

export type ProfileChange = Schema["ChangeProfileInput"];

/** changeMe changes the own account. */
export const changeMe = (body: ProfileChange, key: string) =>
  answer(api.PATCH("/api/v1/me", { params: { header: { "Idempotency-Key": key } }, body }));
