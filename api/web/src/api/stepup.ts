import { untouchedFor } from "./touch";

type Ask = () => Promise<boolean>;

const nobody: Ask = () => Promise.resolve(false);
let ask: Ask = nobody;
let asking: Promise<boolean> | null = null;

/** onStepUp names who asks the person for the password or a code; the answer says whether they showed it. */
export function onStepUp(by: Ask): () => void {
  ask = by;
  return () => {
    if (ask === by) ask = nobody;
  };
}

/** shown asks once for all calls that wait for it. */
function shown(): Promise<boolean> {
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

/** steppingUp sends a request; where the server wants a step-up first, the person is asked and the same request, with its key, goes again. */
export async function steppingUp(request: Request, send: (request: Request) => Promise<Response> = fetch): Promise<Response> {
  const again = request.clone();
  const response = await send(request);
  if (response.status !== 403 || !(await isStepUp(response.clone())) || !(await shown())) return response;
  again.headers.set("Daka-Idle", String(untouchedFor()));
  return send(again);
}

async function isStepUp(response: Response): Promise<boolean> {
  const problem: unknown = await response.json().catch(() => null);
  return typeof problem === "object" && problem !== null && "code" in problem && problem.code === "step_up_required";
}
