import type { Schema } from "../api/client";

type Roles = NonNullable<Schema["RolesBody"]["roles"]>;

/** grantsOf writes the roles that a member has as a change of them wants to have them. */
export function grantsOf(held: Schema["MemberView"]["roles"]): Roles {
  return (held ?? []).map(({ role, department, group }) => ({ role, ...(department && { department }), ...(group && { group }) }));
}

/** answered is what an owner sends about a proposal: an owner's is a word of its own, the others are among the member's roles. */
export function answered(
  role: Schema["ProposalView"]["role"],
  yes: boolean,
  held: Schema["MemberView"]["roles"],
  removal = false,
): Schema["RolesBody"] {
  if (role === "owner") return { owner: removal ? !yes : yes };
  const others = grantsOf((held ?? []).filter((g) => g.role !== role));
  return { roles: yes ? [...others, { role }] : others };
}
