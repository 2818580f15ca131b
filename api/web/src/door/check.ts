/** A check gives the key of what is wrong, or nothing. The server has the last word. */
export type Wrong = string | undefined;

export const PASSWORD_MIN = 10;

export const checkPhone = (text: string): Wrong =>
  /^\D{0,3}(\p{Nd}[^\p{Nd}@]{0,3}){8,16}$/u.test(text.trim()) ? undefined : "phone.wrong";

export const checkEmail = (text: string): Wrong => (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim()) ? undefined : "email.wrong");

/** checkContact takes a phone, an e-mail address, or number@handle. */
export const checkContact = (text: string): Wrong => (text.includes("@") ? checkFilled(text.split("@")[1] ?? "") : checkPhone(text));

/** checkHandle takes an organization's sign-in name; left empty, the server makes one. */
export const checkHandle = (text: string): Wrong =>
  text.trim() === "" || /^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/.test(text.trim()) ? undefined : "handle.wrong";

export const checkCode = (text: string): Wrong => (/^\d{6}$/.test(text) ? undefined : "code.wrong");

export const checkPassword = (text: string): Wrong => (Array.from(text).length >= PASSWORD_MIN ? undefined : "password.short");

export const checkFilled = (text: string): Wrong => (text.trim() ? undefined : "field.empty");

/** firstWrong puts the cursor into the first field of a form that is wrong. */
export function firstWrong(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}
