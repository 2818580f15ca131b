import { afterEach, expect, test } from "vitest";
import { onStepUp, steppingUp } from "./stepup";

const problem = (code: string) => new Response(JSON.stringify({ code }), { status: 403 });

/** server refuses until somebody showed more, and notes what it was sent. */
function server() {
  const got: { key: string | null; body: string }[] = [];
  const state = { stepped: false, code: "step_up_required" };
  const send = async (request: Request) => {
    got.push({ key: request.headers.get("Idempotency-Key"), body: await request.text() });
    return state.stepped ? new Response("{}", { status: 201 }) : problem(state.code);
  };
  return { got, state, send };
}

const command = () => new Request("http://daka.test/api", { method: "POST", body: '{"a":1}', headers: { "Idempotency-Key": "k1" } });

let off: () => void = () => undefined;
afterEach(() => off());

test("the same request goes again after the person showed more", async () => {
  const { got, state, send } = server();
  off = onStepUp(() => Promise.resolve((state.stepped = true)));
  const answer = await steppingUp(command(), send);
  expect(answer.status).toBe(201);
  expect(got).toEqual([
    { key: "k1", body: '{"a":1}' },
    { key: "k1", body: '{"a":1}' },
  ]);
});

test("who shuts the dialog gets the refusal, and nothing is sent again", async () => {
  const { got, send } = server();
  off = onStepUp(() => Promise.resolve(false));
  const answer = await steppingUp(command(), send);
  expect(answer.status).toBe(403);
  expect(await answer.json()).toEqual({ code: "step_up_required" });
  expect(got).toHaveLength(1);
});

test("two calls ask once", async () => {
  const { state, send } = server();
  let asked = 0;
  off = onStepUp(async () => {
    asked++;
    await Promise.resolve();
    return (state.stepped = true);
  });
  const answers = await Promise.all([steppingUp(command(), send), steppingUp(command(), send)]);
  expect(answers.map((a) => a.status)).toEqual([201, 201]);
  expect(asked).toBe(1);
});

test("another refusal asks nobody", async () => {
  const { state, send } = server();
  state.code = "forbidden";
  let asked = 0;
  off = onStepUp(() => {
    asked++;
    return Promise.resolve(true);
  });
  expect((await steppingUp(command(), send)).status).toBe(403);
  expect(asked).toBe(0);
});
